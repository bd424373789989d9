"""Both containers of PyTorch: what torch.save writes comes back, anything else is refused by what it is."""

import os
import pickle
import random
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

from cyclegan_tf.containers.stored import Refused
from cyclegan_tf.containers.torch_file import read_legacy, read_zip
from cyclegan_tf.errors import ModelError

ARRAY = np.random.default_rng(0).normal(0, 1, (4, 3, 2, 5)).astype(np.float32)
# What a number format keeps of a number.
RESOLUTION = {"f8": 0, "f4": 0, "f2": 2**-10, "bfloat16": 2**-7}


@pytest.fixture(params=["zip", "legacy"])
def container(request, torch_files, tmp_path):
    """Writes a tree and reads it again: container(tree, **options).tree."""

    def run(tree, **options):
        write, read = {
            "zip": (torch_files.write_zip, read_zip),
            "legacy": (torch_files.write_legacy, read_legacy),
        }[request.param]
        return read(write(tmp_path / "file.pth", tree, **options))

    return run


@pytest.mark.parametrize("number_format", RESOLUTION)
def test_a_tensor_of_any_number_format_comes_back_as_float32(container, torch_files, number_format):
    found = container({"w": torch_files.Tensor(ARRAY, number_format)}).tree["w"]
    assert (found.shape, found.read().dtype) == (ARRAY.shape, np.float32)
    np.testing.assert_allclose(found.read(), ARRAY, rtol=RESOLUTION[number_format], atol=0)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_any_protocol_of_pickle_will_do(container, torch_files, protocol):
    found = container({"w": torch_files.Tensor(ARRAY)}, protocol=protocol)
    np.testing.assert_array_equal(found.tree["w"].read(), ARRAY)


@pytest.mark.parametrize("number_format", ["f4", "bfloat16"])
def test_an_archive_in_big_endian_is_read_as_such(torch_files, tmp_path, number_format):
    tree = {"w": torch_files.Tensor(ARRAY, number_format)}
    found = read_zip(torch_files.write_zip(tmp_path / "file.pth", tree, order="big"))
    np.testing.assert_allclose(found.tree["w"].read(), ARRAY, rtol=RESOLUTION[number_format], atol=0)


def test_a_view_of_a_part_of_a_storage_comes_back(container, torch_files):
    transposed = torch_files.Tensor(np.arange(100), size=(3, 4), stride=(1, 20), offset=7)
    found = container({"w": transposed}).tree["w"].read()
    np.testing.assert_array_equal(found, [[7 + row + 20 * column for column in range(4)] for row in range(3)])


def test_tensors_may_share_a_storage(container, torch_files):
    tensor = torch_files.Tensor(ARRAY)
    found = container({"a": tensor, "b": tensor}).tree
    np.testing.assert_array_equal(found["a"].read(), found["b"].read())


def test_everything_else_in_a_checkpoint_comes_along_in_order(container, torch_files):
    nested = OrderedDict(
        netG=OrderedDict(w=torch_files.Tensor(ARRAY)), epoch=3, opt={"lr": 0.1, "betas": (0.5, 1)}
    )
    found = container(nested).tree
    assert list(found) == ["netG", "epoch", "opt"]
    assert found["opt"] == {"lr": 0.1, "betas": (0.5, 1)}


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_a_malicious_file_is_refused_and_nothing_of_it_is_run(container, torch_files, tmp_path):
    tree = {"w": torch_files.Tensor(ARRAY), "b": Bomb(tmp_path / "ran")}
    with pytest.raises(ModelError, match="cannot import .*file.pth") as caught:
        container(tree)
    assert "system" in caught.value.detail
    assert "state_dict()" in caught.value.fix
    assert not (tmp_path / "ran").exists()


def test_a_malicious_file_is_refused_wherever_the_command_stands(torch_files, tmp_path):
    bomb = pickle.dumps(Bomb(tmp_path / "ran"), 2)
    head = [pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {})]
    data, _ = torch_files.pickled({}, is_legacy=True)
    for place in range(5):
        parts = [*head, data, pickle.dumps([], 2)]
        parts[place] = bomb
        (tmp_path / "file.pth").write_bytes(b"".join(parts))
        with pytest.raises(ModelError):
            read_legacy(tmp_path / "file.pth")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": (10**9, 10**9), "stride": (0, 0)},
        {"size": (10**6,), "stride": (1,)},
        {"size": (121,), "stride": (1,)},
        {"size": (120,), "stride": (1,), "offset": 1},
        {"size": (2,), "stride": (120,)},
        {"size": (2, 2), "stride": (60, 60), "offset": 1},
        {"size": (2**62, 2**62), "stride": (1, 1)},
        {"size": (2,), "stride": (-1,)},
        {"size": (2,), "stride": (1,), "offset": -1},
        {"size": (2, 2), "stride": (1,)},
        {"size": (True,), "stride": (1,)},
        {"size": (1.0,), "stride": (1,)},
        {"size": (1,) * 9, "stride": (1,) * 9},
    ],
    ids=str,
)
def test_a_tensor_that_reaches_out_of_its_storage_or_repeats_it_is_refused(container, torch_files, wrong):
    with pytest.raises(ModelError, match="cannot import") as caught:
        container({"w": torch_files.Tensor(ARRAY, **wrong)})
    assert "tensor" in caught.value.detail


def test_the_last_element_of_a_storage_can_be_reached(container, torch_files):
    tensor = torch_files.Tensor(ARRAY, size=(2,), stride=(119,))
    found = container({"w": tensor}).tree["w"].read()
    np.testing.assert_array_equal(found, ARRAY.reshape(-1)[[0, 119]])


def test_an_object_that_is_no_dictionary_is_refused(container, torch_files):
    with pytest.raises(ModelError, match="cannot import") as caught:
        container([torch_files.Tensor(ARRAY)])
    assert "a list instead of a dictionary" in caught.value.detail


def change_archive(path, change):
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda entries: entries.update({"archive/data/0": b"1234"}), "4 bytes for a storage of 480 bytes"),
        (lambda entries: entries.pop("archive/data/0"), "nothing for a storage"),
        (lambda entries: entries.update({"archive/byteorder": b"middle"}), "byte order"),
        (lambda entries: entries.pop("archive/data.pkl"), "without NAME/data.pkl"),
        (lambda entries: entries.update({"other/data.pkl": b""}), "without NAME/data.pkl"),
        (lambda entries: entries.update({"archive/data.pkl": bytes(5 * 2**20)}), "a pickle of 5242880 bytes"),
    ],
)
def test_an_archive_that_does_not_hold_together_is_refused(torch_files, tmp_path, change, found):
    path = torch_files.write_zip(tmp_path / "file.pth", {"w": torch_files.Tensor(ARRAY)})
    change_archive(path, change)
    with pytest.raises(ModelError, match="cannot import") as caught:
        read_zip(path)
    assert found in caught.value.detail


def test_an_archive_that_grows_when_it_is_read_is_refused(torch_files, tmp_path):
    tree = {"w": torch_files.Tensor(np.zeros(10**6))}
    path = torch_files.write_zip(tmp_path / "file.pth", tree, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 20_000
    with pytest.raises(ModelError) as caught:
        read_zip(path)
    assert "a compressed archive" in caught.value.detail


def test_an_archive_that_lies_about_its_sizes_is_refused(torch_files, tmp_path):
    path = torch_files.write_zip(tmp_path / "file.pth", {"w": torch_files.Tensor(ARRAY)})
    content = path.read_bytes()
    size = (480).to_bytes(4, "little")
    assert content.count(size * 2) == 2
    path.write_bytes(content.replace(size * 2, (2**30).to_bytes(4, "little") * 2))
    with pytest.raises(ModelError) as caught:
        read_zip(path)
    assert "larger than itself" in caught.value.detail


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda content: content[:-1], "a file of"),
        (lambda content: content[:-480], "a file of"),
        (
            lambda content: content[:-488] + (2**60).to_bytes(8, "little") + content[-480:],
            "elements for a storage",
        ),
        (lambda content: content[:-488], "0 elements for a storage of 120"),
        (lambda content: content.replace(b"FloatStorage", b"OtherStorage"), "OtherStorage"),
    ],
    ids=["a_byte_short", "no_elements", "huge_count", "no_count", "unknown_storage"],
)
def test_a_legacy_file_that_does_not_hold_together_is_refused(torch_files, tmp_path, change, found):
    path = torch_files.write_legacy(tmp_path / "file.pth", {"w": torch_files.Tensor(ARRAY)})
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ModelError, match="cannot import") as caught:
        read_legacy(path)
    assert found in caught.value.detail


def test_a_pickle_of_something_else_is_no_checkpoint(tmp_path):
    (tmp_path / "file.pth").write_bytes(b"".join(pickle.dumps(value, 2) for value in (1, 2, 3, {}, [])))
    with pytest.raises(ModelError) as caught:
        read_legacy(tmp_path / "file.pth")
    assert "torch.save did not write" in caught.value.detail


def test_random_damage_is_refused_or_gives_arrays(container, torch_files, tmp_path):
    container(
        {"model.0.weight": torch_files.Tensor(ARRAY), "model.0.bias": torch_files.Tensor(ARRAY[0, 0, 0])}
    )
    path, chance = tmp_path / "file.pth", random.Random(1)
    content, read = path.read_bytes(), read_zip if zipfile.is_zipfile(path) else read_legacy
    outcomes = set()
    for _ in range(400):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 3)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            for array in read(path).tree.values():
                if hasattr(array, "read"):
                    assert array.read().nbytes <= 10 * len(content)
            outcomes.add("arrays")
        except (ModelError, Refused):
            outcomes.add("refused")
    assert outcomes == {"arrays", "refused"}

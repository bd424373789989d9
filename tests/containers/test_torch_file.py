"""Both containers of PyTorch: what torch.save writes comes back, and anything else is refused by its kind."""

import argparse
import os
import pathlib
import pickle
import random
import zipfile
from collections import OrderedDict, defaultdict

import numpy as np
import pytest

from cyclegan_tf.containers.stored import Refused
from cyclegan_tf.containers.torch_file import read_legacy, read_zip
from cyclegan_tf.errors import ModelError

ARRAY = np.random.default_rng(0).normal(0, 1, (4, 3, 2, 5)).astype(np.float32)
# Relative rounding error of a number format.
RESOLUTION = {"f8": 0, "f4": 0, "f2": 2**-10, "bfloat16": 2**-7}


@pytest.fixture(params=["zip", "legacy"])
def container(request, torch_files, tmp_path):
    """Writes a tree and reads it: container(tree, **options).tree."""

    def run(tree, **options):
        write, read = {
            "zip": (torch_files.write_zip, read_zip),
            "legacy": (torch_files.write_legacy, read_legacy),
        }[request.param]
        return read(write(tmp_path / "file.pth", tree, **options))

    return run


@pytest.mark.parametrize("dtype", RESOLUTION)
def test_a_tensor_of_any_number_format_comes_back_as_float32(container, torch_files, dtype):
    found = container({"w": torch_files.Tensor(ARRAY, dtype)}).tree["w"]
    assert (found.shape, found.read().dtype) == (ARRAY.shape, np.float32)
    np.testing.assert_allclose(found.read(), ARRAY, rtol=RESOLUTION[dtype], atol=0)


@pytest.mark.parametrize("protocol", [2, 4])
def test_any_protocol_of_pickle_is_read(container, torch_files, protocol):
    found = container({"w": torch_files.Tensor(ARRAY)}, protocol=protocol)
    np.testing.assert_array_equal(found.tree["w"].read(), ARRAY)


@pytest.mark.parametrize("dtype", ["f4", "bfloat16"])
def test_an_archive_in_big_endian_is_read_as_such(torch_files, tmp_path, dtype):
    tree = {"w": torch_files.Tensor(ARRAY, dtype)}
    found = read_zip(torch_files.write_zip(tmp_path / "file.pth", tree, order="big"))
    np.testing.assert_allclose(found.tree["w"].read(), ARRAY, rtol=RESOLUTION[dtype], atol=0)


def test_tensors_may_share_a_storage(container, torch_files):
    tensor = torch_files.Tensor(ARRAY)
    found = container({"a": tensor, "b": tensor}).tree
    np.testing.assert_array_equal(found["a"].read(), found["b"].read())


def test_a_checkpoint_keeps_its_other_values_and_its_order(container, torch_files):
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


def test_what_a_malicious_file_would_run_is_left_out_by_name_and_not_run(container, torch_files, tmp_path):
    found = container({"w": torch_files.Tensor(ARRAY), "b": Bomb(tmp_path / "ran")})
    np.testing.assert_array_equal(found.tree["w"].read(), ARRAY)
    assert not (tmp_path / "ran").exists()


def test_what_research_code_saves_beside_its_weights_is_left_out_by_name(torch_files, tmp_path):
    """torch.save takes the pickles of argparse, NumPy, pathlib and any class as they are."""
    tree = {
        "args": argparse.Namespace(lr=0.1),
        "root": pathlib.PurePosixPath("data"),
        "loss": np.float64(0.5),
        "history": defaultdict(list, G=[1.0]),
        "config": Config(),
        "net": defaultdict(None, w=torch_files.Tensor(ARRAY)),
    }
    found = read_zip(torch_files.write_zip(tmp_path / "file.pth", tree))
    np.testing.assert_array_equal(found.tree["net"]["w"].read(), ARRAY)
    assert found.tree["history"] == {"G": [1.0]}
    names = " ".join(found.left_out)
    assert all(part in names for part in ("argparse Namespace", "PurePosixPath", "scalar", "Config"))


class Config:
    """A configuration of some program."""


def test_a_whole_object_is_refused_with_its_name(container):
    with pytest.raises(ModelError, match="cannot import .*file.pth") as caught:
        container(Config())
    assert "Config' instead of a dictionary of tensors" in caught.value.detail
    assert "state_dict()" in caught.value.fix


def test_a_torchscript_program_is_called_so(torch_files, tmp_path):
    path = torch_files.write_zip(tmp_path / "file.pt", {})
    change_archive(path, lambda entries: entries.update({"archive/constants.pkl": b""}))
    with pytest.raises(ModelError) as caught:
        read_zip(path)
    assert "TorchScript" in caught.value.detail


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


def test_an_object_that_is_not_a_dictionary_is_refused(container, torch_files):
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
def test_an_inconsistent_archive_is_refused(torch_files, tmp_path, change, found):
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
def test_an_inconsistent_legacy_file_is_refused(torch_files, tmp_path, change, found):
    path = torch_files.write_legacy(tmp_path / "file.pth", {"w": torch_files.Tensor(ARRAY)})
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ModelError, match="cannot import") as caught:
        read_legacy(path)
    assert found in caught.value.detail


def test_a_pickle_of_something_else_is_refused(tmp_path):
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

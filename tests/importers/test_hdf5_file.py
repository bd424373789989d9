"""Row 40 of the fault catalogue: plain HDF5 is read, and anything that leads out of the file is refused."""

import subprocess
import sys

import h5py
import numpy as np
import pytest

from cyclegan_tf.errors import ModelError
from cyclegan_tf.importers.hdf5_file import read_hdf5

ARRAY = np.random.default_rng(0).normal(0, 1, (3, 3, 2, 4)).astype(np.float32)


@pytest.fixture
def write(tmp_path):
    """Writes a file: write(function of the open file)."""

    def run(fill):
        with h5py.File(tmp_path / "weights.h5", "w") as file:
            fill(file)
        return tmp_path / "weights.h5"

    return run


def refusal(path):
    with pytest.raises(ModelError, match="cannot import .*weights.h5") as caught:
        read_hdf5(path)
    assert caught.value.fix
    return caught.value.detail


@pytest.mark.parametrize("dtype", ["<f2", "<f4", ">f4", "<f8"])
def test_arrays_of_any_float_come_back_as_float32(write, dtype):
    path = write(lambda file: file.create_dataset("conv2d/kernel:0", data=ARRAY.astype(dtype)))
    found = read_hdf5(path).tree["conv2d/kernel:0"]
    assert (found.shape, found.read().dtype) == (ARRAY.shape, np.float32)
    np.testing.assert_allclose(found.read(), ARRAY, rtol=1e-3)


def test_names_come_in_natural_order(write):
    names = ["conv2d", "conv2d_1", "conv2d_2", "conv2d_10", "conv2d_11"]

    def fill(file):
        for name in reversed(names):
            file[f"layers/{name}/vars/0"] = ARRAY

    assert list(read_hdf5(write(fill)).tree) == [f"layers/{name}/vars/0" for name in names]


def test_only_the_weights_of_a_whole_model_are_read(write):
    def fill(file):
        file.attrs["model_config"] = b'{"class_name": "Lambda", "config": {"function": "not even JSON'
        file["model_weights/conv2d/conv2d/kernel:0"] = ARRAY
        file["optimizer_weights/iteration"] = np.float32(1)

    found = read_hdf5(write(fill))
    assert list(found.tree) == ["conv2d/conv2d/kernel:0"]
    assert "model" in found.format


def test_what_is_not_a_float_is_left_out(write):
    def fill(file):
        file["count"], file["text"], file["weight"] = np.arange(3), "text", np.ones(2, "f4")

    assert list(read_hdf5(write(fill)).tree) == ["weight"]


def external_link(file, folder):
    file["kernel"] = h5py.ExternalLink("secret.h5", "/kernel")


def soft_link(file, folder):
    file["real"], file["kernel"] = ARRAY, h5py.SoftLink("/real")


def virtual(file, folder):
    layout = h5py.VirtualLayout(ARRAY.shape, "f4")
    layout[...] = h5py.VirtualSource(folder / "secret.h5", "kernel", ARRAY.shape)
    file.create_virtual_dataset("kernel", layout)


def external_numbers(file, folder):
    external = [(str(folder / "secret.h5"), 0, ARRAY.nbytes)]
    file.create_dataset("kernel", ARRAY.shape, "f4", external=external)


def circle(file, folder):
    file["group/again"] = file["/"]


def two_names(file, folder):
    file["a"] = ARRAY
    file["b"] = file["a"]


@pytest.mark.parametrize(
    ("fill", "found"),
    [
        (external_link, "'kernel', a link to somewhere else"),
        (soft_link, "'kernel', a link to somewhere else"),
        (virtual, "'kernel', whose data are in another file"),
        (external_numbers, "'kernel', whose data are in another file"),
        (circle, "appears twice"),
        (two_names, "appears twice"),
    ],
)
def test_row_40_what_leads_elsewhere_or_to_one_place_twice_is_refused(write, tmp_path, fill, found):
    with h5py.File(tmp_path / "secret.h5", "w") as secret:
        secret["kernel"] = ARRAY
    assert found in refusal(write(lambda file: fill(file, tmp_path)))


@pytest.mark.parametrize("options", [{}, {"chunks": (10, 10)}, {"fillvalue": 1.0}], ids=str)
def test_row_40_a_shape_without_numbers_is_refused(write, options):
    path = write(lambda file: file.create_dataset("kernel", (10**6, 10**6), "f4", **options))
    assert "'kernel' of shape (1000000, 1000000)" in refusal(path)


def test_a_compressed_data_set_is_refused(write):
    path = write(lambda file: file.create_dataset("kernel", data=np.zeros(10**6), compression="gzip"))
    assert path.stat().st_size < 100_000
    assert "compressed" in refusal(path)


def test_a_file_that_was_cut_short_is_refused(write):
    path = write(lambda file: file.create_dataset("kernel", data=ARRAY))
    path.write_bytes(path.read_bytes()[:-100])
    assert "damaged" in refusal(path)


# Not ru_maxrss, which begins at the peak of the process that started this one.
READ = """
import re, sys
from pathlib import Path
from cyclegan_tf.errors import ModelError
from cyclegan_tf.importers.hdf5_file import read_hdf5

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

before = peak()
try:
    for array in read_hdf5(Path(sys.argv[1])).tree.values():
        array.read()
    print("read", end=" ")
except ModelError:
    print("refused", end=" ")
print(peak() - before)
"""


def outcome_and_kilobytes(code, path):
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    outcome, kilobytes = done.stdout.split()
    return outcome, int(kilobytes)


@pytest.mark.parametrize(
    "options",
    [{"shape": (10**5, 10**5)}, {"data": np.zeros((2**14, 2**13), "f4"), "compression": "gzip"}],
    ids=["no_numbers", "half_a_gigabyte_compressed"],
)
def test_the_memory_that_a_bomb_takes_is_bounded(write, options):
    path = write(lambda file: file.create_dataset("kernel", dtype="f4", **options))
    outcome, kilobytes = outcome_and_kilobytes(READ, path)
    assert outcome == "refused"
    assert kilobytes < 50_000


def test_the_memory_of_the_bombs_is_really_measured(write):
    path = write(lambda file: file.create_dataset("kernel", data=ARRAY))
    outcome, kilobytes = outcome_and_kilobytes(READ.replace("array.read()", "bytearray(10**8)"), path)
    assert outcome == "read"
    assert kilobytes > 90_000


DAMAGE = """
import random, sys
from pathlib import Path
from cyclegan_tf.errors import ModelError
from cyclegan_tf.importers.hdf5_file import read_hdf5
from cyclegan_tf.containers.stored import Refused
path, chance = Path(sys.argv[1]), random.Random(0)
content, outcomes = path.read_bytes(), {"read": 0, "refused": 0}
for _ in range(300):
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    path.write_bytes(damaged)
    try:
        for array in read_hdf5(path).tree.values():
            array.read()
        outcomes["read"] += 1
    except (ModelError, Refused):
        outcomes["refused"] += 1
print(min(outcomes.values()) > 0)
"""


def test_random_damage_is_refused_or_gives_arrays(write):
    path = write(lambda file: file.create_dataset("a/kernel", data=ARRAY))
    done = subprocess.run([sys.executable, "-c", DAMAGE, path], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr

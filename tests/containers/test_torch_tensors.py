import numpy as np
import pytest

from cyclegan_tf.containers.pickle_stream import Global
from cyclegan_tf.containers.stored import Damaged, Refused
from cyclegan_tf.containers.torch_tensors import ALLOWED_GLOBALS, Storage, storage_from_id

rebuild = ALLOWED_GLOBALS["torch._utils _rebuild_tensor_v2"].build
FLOATS = Global("torch FloatStorage")
PERSISTENT_ID = ("storage", FLOATS, "0", "cpu", 120)


@pytest.fixture
def storage():
    """The numbers from 0 to 119."""
    return Storage("0", "f4", 120, lambda _: np.arange(120, dtype="<f4").tobytes())


@pytest.mark.parametrize(
    ("offset", "size", "stride", "expected"),
    [
        (7, (3, 4), (1, 20), [[7 + row + 20 * column for column in range(4)] for row in range(3)]),
        (0, (2,), (119,), [0, 119]),
        (119, (), (), 119),
        (0, (0, 5), (5, 1), np.zeros((0, 5))),
    ],
    ids=["transposed", "last element", "scalar", "empty"],
)
def test_a_tensor_is_a_view_of_its_storage(storage, offset, size, stride, expected):
    array = rebuild(storage, offset, size, stride, False, {})
    assert array.shape == size
    np.testing.assert_array_equal(array.read(), np.array(expected, np.float32).reshape(size))


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [
        (0, (10**9, 10**9), (0, 0)),
        (0, (121,), (1,)),
        (1, (120,), (1,)),
        (0, (2,), (120,)),
        (1, (2, 2), (60, 60)),
        (0, (2**62, 2**62), (1, 1)),
        (0, (2,), (-1,)),
        (-1, (2,), (1,)),
        (0, (2, 2), (1,)),
        (0, (True,), (1,)),
        (0, (1.0,), (1,)),
        (0, (1,) * 9, (1,) * 9),
    ],
    ids=str,
)
def test_a_tensor_that_reaches_out_of_its_storage_or_is_larger_is_refused(storage, offset, size, stride):
    with pytest.raises(Refused, match="a tensor of"):
        rebuild(storage, offset, size, stride, False, {})


def test_a_tensor_without_a_storage_is_refused():
    with pytest.raises(Refused, match="not a view of a storage"):
        rebuild("0", 0, (1,), (1,))


@pytest.mark.parametrize("persistent_id", [PERSISTENT_ID, (*PERSISTENT_ID, None)], ids=["zip", "legacy"])
def test_a_persistent_id_of_either_container_names_a_storage(persistent_id):
    found = storage_from_id(persistent_id, None)
    assert (found.key, found.dtype, found.num_elements, found.size_bytes) == ("0", "f4", 120, 480)


@pytest.mark.parametrize(
    "persistent_id",
    [
        "0",
        PERSISTENT_ID[:4],
        (*PERSISTENT_ID, "view"),
        ("module", *PERSISTENT_ID[1:]),
        ("storage", "FloatStorage", "0", "cpu", 120),
        ("storage", Global("torch OtherStorage"), "0", "cpu", 120),
        ("storage", FLOATS, 0, "cpu", 120),
        ("storage", FLOATS, "0", "cpu", -1),
        ("storage", FLOATS, "0", "cpu", True),
    ],
    ids=str,
)
def test_another_persistent_id_is_refused(persistent_id):
    with pytest.raises(Refused, match="not a storage"):
        storage_from_id(persistent_id, None)


def test_a_storage_with_fewer_bytes_than_elements_is_damaged():
    with pytest.raises(Damaged, match="3 bytes for a storage of 8"):
        Storage("0", "f4", 2, lambda _: b"abc").read()

import errno
import os
import tempfile

import numpy as np
import pytest

from cyclegan_tf.errors import MachineError
from cyclegan_tf.inference.scratch import ScratchImage, ScratchSpace

SHAPE = (6, 4, 3)
BYTES = 4 * 6 * 4 * 3


def numbers():
    return np.arange(6 * 4 * 3, dtype=np.float32).reshape(SHAPE)


@pytest.fixture(params=["memory", "file"])
def image(request, tmp_path):
    image = ScratchImage(SHAPE, tmp_path if request.param == "file" else None)
    yield image
    image.close()


def test_rows_come_back_as_they_were_written_in_any_order(image):
    image.write(2, numbers()[2:])
    image.write(0, numbers()[:2])
    np.testing.assert_array_equal(image.read(range(1, 4)), numbers()[1:4])
    np.testing.assert_array_equal(image.read(range(0, 6)), numbers())
    # Again, and rows that do not lie one after the other in memory.
    image.write(0, numbers()[::-1])
    np.testing.assert_array_equal(image.read(range(0, 6)), numbers()[::-1])


def test_memory_is_taken_first_and_given_back(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with ScratchSpace(2 * BYTES) as scratch:
        first, second, third = (scratch.image(SHAPE) for _ in range(3))
        assert [image.in_memory for image in (first, second, third)] == [True, True, False]
        scratch.release(first)
        assert scratch.image(SHAPE).in_memory


def test_files_lie_in_the_temporary_folder_and_have_no_name(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    free = os.statvfs(tmp_path)
    assert free.f_bavail > 0
    with ScratchSpace(0) as scratch:
        image = scratch.image(SHAPE)
        image.write(0, numbers())
        # What is killed here leaves nothing.
        assert list(tmp_path.iterdir()) == []
        assert os.fstat(image._file.fileno()).st_size == BYTES


def test_a_full_disk_is_an_error_that_says_what_to_do(tmp_path):
    image = ScratchImage(SHAPE, tmp_path)

    def refuse(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    image._file.close()
    image._file = type(
        "Full", (), {"seek": lambda *_: 0, "write": staticmethod(refuse), "close": lambda _: 0}
    )()
    with pytest.raises(MachineError, match="not enough scratch space in .*\n.*288 bytes\nfix: .*TMPDIR"):
        image.write(0, numbers())

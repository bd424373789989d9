import io

import numpy as np
import pytest
from PIL import Image

from video.pictures.png import PNG_SIGNATURE, BadPicture, find_chunks, png_chunk, png_chunks


@pytest.fixture
def data():
    buffer = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), 9, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def test_chunks_written_again_are_the_file(data):
    assert PNG_SIGNATURE + b"".join(png_chunk(*chunk) for chunk in png_chunks(data)) == data


def test_chunks_are_found_without_their_content(data):
    found = list(find_chunks(io.BytesIO(data)))
    assert [chunk.kind for chunk in found] == [b"IHDR", b"IDAT", b"IEND"]
    assert data[found[0].start :][:4] == (8).to_bytes(4)


@pytest.mark.parametrize("missing", [1, 4, 12, 13, 30])
def test_data_that_end_early_are_truncated(data, missing):
    with pytest.raises(BadPicture, match="truncated"):
        list(find_chunks(io.BytesIO(data[:-missing])))


def test_a_wrong_checksum_is_noticed(data):
    damaged = bytearray(data)
    damaged[-13] ^= 1
    with pytest.raises(BadPicture, match="the checksum of its data at byte 33 is wrong"):
        list(png_chunks(bytes(damaged)))

import av
import pytest

from video.reading.decoded_frame import DecodedFrame

QUARTER = (0, 1 << 16, -(1 << 16), 0)


@pytest.mark.parametrize("matrix, size", [(None, (96, 64)), (QUARTER, (64, 96))])
def test_the_size_is_that_of_the_upright_frame(matrix, size):
    frame = DecodedFrame(av.VideoFrame(96, 64, "yuv420p"), 0, matrix=matrix)
    assert frame.is_good
    assert frame.size == size


def test_a_frame_that_could_not_be_decoded_is_bad():
    assert not DecodedFrame(None, 40, "it is damaged").is_good

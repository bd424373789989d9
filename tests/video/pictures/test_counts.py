import pytest

import video
from video.pictures.files import count_frames


@pytest.mark.parametrize("format", ["gif", "apng", "webp"])
def test_a_file_that_lost_its_end_is_not_counted(write, format, flat):
    path = write(format, flat(6))
    data = path.read_bytes()
    for missing in (1, 40, 200):
        path.write_bytes(data[:-missing])
        with pytest.raises(video.MediaError, match="cut short or damaged|does not end with its end mark"):
            count_frames(path)

from fractions import Fraction
from types import SimpleNamespace

import pytest

import video
from video.verify import verify

TICK = Fraction(1, 12800)


def written(**changes):
    fields = {"frames_written": 8, "start": 0, "last": 7 * 512, "audio": None}
    return SimpleNamespace(**{**fields, **changes})


def test_a_right_file_passes(make_clip):
    verify(make_clip(), written(), TICK)


@pytest.mark.parametrize(
    "changes, found",
    [
        ({"frames_written": 9}, "expected 9 frames; found 8"),
        ({"last": 9 * 512}, "expected 0.3600 s; found 0.2800 s"),
        ({"start": 5120, "last": 5120 + 7 * 512}, "expected a start at 0.4000 s"),
        (
            {"audio": SimpleNamespace(packets_written=3, bytes_written=99, first_time=None)},
            "expected 3 audio packets; found 0",
        ),
    ],
)
def test_what_is_missing_is_named(make_clip, changes, found):
    with pytest.raises(video.OutputError, match=found):
        verify(make_clip(), written(**changes), TICK)


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"nothing")
    with pytest.raises(video.OutputError, match="expected a readable clip"):
        verify(tmp_path / "a.mp4", written(), TICK)

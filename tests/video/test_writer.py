import resource
from fractions import Fraction

import numpy as np
import pytest

import video
from video.colour import Colour, default_colour
from video.containers import CONTAINERS
from video.frames import Clip, Frame
from video.writer import Writer


def clip(width=96, height=64, **changes):
    fields = {
        "time_base": Fraction(1, 1000),
        "rate": Fraction(25),
        "sample_aspect_ratio": None,
        "colour": default_colour(height),
    }
    return Clip(width, height, **{**fields, **changes})


def write(path, kind, about, frames):
    with Writer(path, CONTAINERS[kind], about) as writer:
        for frame in frames:
            writer.write(frame)
        writer.finish()
    return writer


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_variable_rate_and_the_last_duration_are_kept(tmp_path, look, draw, kind):
    times = [0, 33, 66, 133, 400, 1160]
    frames = [Frame(p, a, b - a) for p, a, b in zip(draw(5), times, times[1:])]
    write(tmp_path / f"out{kind}", kind, clip(), frames)
    seen = look(tmp_path / f"out{kind}")
    assert [round(float(time) * 1000, 3) for time in seen.times] == times[:-1]
    assert seen.seconds == pytest.approx(1.16, abs=0.002)


@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize("matrix, color_range", [(1, 1), (1, 2), (6, 1), (6, 2)])
def test_colours_are_tagged(tmp_path, look, draw, kind, matrix, color_range):
    about = clip(colour=Colour(matrix, color_range, matrix, matrix))
    write(tmp_path / f"out{kind}", kind, about, [Frame(p, 40 * i, 40) for i, p in enumerate(draw(2))])
    expected = (matrix, color_range, matrix, matrix)
    # VP9 itself stores BT.601 under one code point; matrix and range are what decoding needs.
    assert look(tmp_path / f"out{kind}").tags[:2] in (expected[:2], (5, color_range))


@pytest.mark.parametrize("kind, size", [(".mp4", (96, 64)), (".mkv", (96, 64)), (".webm", (95, 63))])
def test_odd_sizes_grow_by_a_pixel_only_where_they_must(tmp_path, look, draw, kind, size):
    frames = [Frame(np.ascontiguousarray(p[:63, :95]), 40 * i, 40) for i, p in enumerate(draw(3))]
    writer = write(tmp_path / f"out{kind}", kind, clip(95, 63), frames)
    seen = look(tmp_path / f"out{kind}")
    assert (writer.width, writer.height) == seen.size == size
    assert abs(seen.pixels[0][:63, :95].astype(int) - frames[0].pixels).mean() < 4


@pytest.mark.parametrize("kind", [".mp4", ".mov"])
def test_the_index_lies_in_front(tmp_path, draw, kind):
    path = tmp_path / f"out{kind}"
    write(path, kind, clip(), [Frame(p, 40 * i, 40) for i, p in enumerate(draw(3))])
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_start_far_from_zero_is_kept_to_the_tick(tmp_path, look, draw, kind):
    about = clip(time_base=Fraction(1, 15360))
    frames = [Frame(p, 127997 + 512 * i, 512) for i, p in enumerate(draw(3))]
    write(tmp_path / f"out{kind}", kind, about, frames)
    seen = look(tmp_path / f"out{kind}")
    assert abs(seen.times[0] - Fraction(127997, 15360)) <= seen.tick


def test_a_disk_that_takes_no_more_is_explained(tmp_path, only_files):
    noise = np.random.default_rng(0).integers(0, 255, (30, 64, 96, 3), dtype=np.uint8)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, hard))
    try:
        with pytest.raises(video.OutputError, match="cannot be written"):
            write(tmp_path / "o", ".mkv", clip(), [Frame(p, 40 * i, 40) for i, p in enumerate(noise)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert only_files(tmp_path) == []


def test_an_error_while_writing_removes_the_file(tmp_path, draw, only_files):
    with pytest.raises(ZeroDivisionError), Writer(tmp_path / "o", CONTAINERS[".mp4"], clip()) as writer:
        writer.write(Frame(next(draw(1)), 0, 40))
        raise ZeroDivisionError
    assert only_files(tmp_path) == []

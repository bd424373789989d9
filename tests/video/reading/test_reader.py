from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import video
from video.core.options import Options
from video.probe import inspect_source
from video.reading.reader import ClipSource

TICK = Fraction(1, 25)
SPLICED = [(96, 64)] * 3 + [(64, 64)] * 2 + [(96, 64)]


def same(frames, others):
    pairs = zip(frames, others, strict=True)
    return all(np.array_equal(one.picture.pixels, other.picture.pixels) for one, other in pairs)


# The last duration that FFmpeg writes into an mp4 with B-frames is not the last frame's.
@pytest.mark.parametrize("name, bframes", [("in.mp4", 0), ("in.mov", 0), ("in.mkv", 0), ("in.mkv", 2)])
def test_times_and_durations_at_a_variable_rate(make_clip, read, name, bframes):
    path = make_clip(name, ticks=[0, 33, 66, 133, 400, 1160], time_base=Fraction(1, 1000), bframes=bframes)
    frames, source = read(path)
    milliseconds = source.clip.time_base * 1000
    assert [round(float(frame.pts * milliseconds), 3) for frame in frames] == [0, 33, 66, 133, 400]
    assert [frame.duration * milliseconds for frame in frames] == [33, 33, 67, 267, 760]


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001)])
@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_the_rate_of_television_is_read_exactly(make_clip, remux, read, rate, name):
    path = remux(make_clip(time_base=1 / rate, ticks=list(range(25))), name)
    assert read(path)[1].clip.rate == rate


def test_a_picture_an_hour_has_a_rate_too(make_clip, read):
    frames, source = read(make_clip(ticks=[0, 3600, 7200], time_base=Fraction(1)))
    assert [frame.duration * source.clip.time_base for frame in frames] == [3600, 3600]
    assert source.clip.rate == Fraction(1, 3600)


@pytest.mark.parametrize("rotation, expected", [(None, Fraction(16, 11)), (90, Fraction(11, 16))])
def test_the_sample_aspect_ratio_is_read_and_turned(make_clip, read, rotation, expected):
    source = read(make_clip(rotation=rotation, aspect=Fraction(16, 11), count=2))[1]
    assert source.clip.sample_aspect_ratio == expected


def test_a_size_that_changes_within_the_stream_names_the_frame(write_jpegs, read):
    path = write_jpegs("spliced.avi", SPLICED, time_base=TICK)
    expected = r"the size changes at frame 3: .*\nexpected 96x64; found 64x64 at 0\.12 s\nfix: .*letterbox"
    with pytest.raises(video.MediaError, match=expected):
        read(path)


@pytest.mark.parametrize("part, count, width", [({"end": 0.12}, 3, 96), ({"start": 0.12, "end": 0.2}, 2, 64)])
def test_only_the_sizes_in_the_wanted_part_matter(write_jpegs, read, part, count, width):
    frames, source = read(write_jpegs("spliced.avi", SPLICED, time_base=TICK), **part)
    assert (len(frames), source.clip.width) == (count, width)


@pytest.mark.parametrize(
    "name, options",
    [("in.mp4", {"fps": 10}), ("in.mkv", {}), ("in.mkv", {"deinterlace": "on"}), ("a.ts", {"start": 0.5})],
)
def test_resuming_in_the_middle_gives_the_same_frames(make_clip, remux, read, name, options):
    path = make_clip("in.mkv" if name.endswith("ts") else name, count=30)
    path = remux(path, name) if name.endswith("ts") else path
    frames, _ = read(path, **options)
    rest, _ = read(path, lambda index: index >= 5, **options)
    assert [(frame.index, frame.pts) for frame in rest] == [(frame.index, frame.pts) for frame in frames[5:]]
    assert same(frames[5:], rest)


def test_a_constant_rate_is_exact_and_repeats_the_same_picture(make_clip, read):
    frames, source = read(make_clip(count=10), fps=59.94)
    assert source.clip.rate == 1 / source.clip.time_base == Fraction(60000, 1001)
    assert [(frame.pts, frame.duration) for frame in frames] == [(index, 1) for index in range(24)]
    assert len({id(frame.picture) for frame in frames}) == 10
    assert frames[0].picture is frames[1].picture


def test_a_constant_rate_begins_at_the_start_of_a_part(make_clip, read):
    path = make_clip(count=60)
    frames, _ = read(path, start=1, end=2, fps=10)
    assert [frame.pts for frame in frames] == list(range(10))
    whole, _ = read(path)
    assert same(frames, [whole[index] for index in (25, 27, 30, 32, 35, 37, 40, 42, 45, 47)])


@pytest.mark.parametrize("part", [{"start": 3, "end": 5}, {"start": 3, "end": 5, "fps": 10}, {"start": 11}])
def test_a_part_in_which_no_frame_begins_says_where_the_shown_one_does(make_clip, read, part):
    path = make_clip(ticks=[0, 137, 10000, 10100, 20000], time_base=Fraction(1, 1000), bframes=0)
    begins = 0.137 if "end" in part else 10.1
    expected = rf"no frame begins in the wanted part: .*\n.* begins at {begins:.3f} s\n.*--start {begins:.3f}"
    with pytest.raises(video.MediaError, match=expected):
        read(path, **part)
    frames, source = read(path, **part | {"start": begins})
    assert frames[0].pts == 0
    assert sum(frame.duration for frame in frames) * source.clip.time_base == pytest.approx(
        part.get("end", 20) - begins, abs=0.1
    )


def test_a_part_before_the_first_frame_says_so(make_clip, read):
    ticks = [12800 + 512 * index for index in range(9)]
    path = make_clip("in.mkv", ticks=ticks, sounds=["aac"])
    with pytest.raises(
        video.MediaError, match=r"no frame begins .*\n.*begins later\nfix: give a later --end"
    ):
        read(path, end=0.5)


@pytest.mark.parametrize("num_frames", [0, 3, 60])
def test_a_clip_lets_go_of_its_file(make_clip, num_frames):
    path = make_clip(count=60)
    with ClipSource(inspect_source(path, Options()), Options()) as source:
        list(islice(source.frames(lambda index: True), num_frames))
        assert is_open(path)
    assert not is_open(path)


def is_open(path):
    files = Path("/proc/self/fd")
    if not files.is_dir():
        pytest.skip("this system does not tell which files are open")
    return any(link.exists() and link.samefile(path) for link in files.iterdir())

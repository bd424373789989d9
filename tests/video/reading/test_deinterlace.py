from fractions import Fraction

import av
import numpy as np
import pytest

from video.reading.deinterlace import deinterlaced, interlace_warning

MILLISECOND = Fraction(1, 1000)
TIMES = [0, 33, 66, 133, 400, 411, 500, 600, 601]


def combed(count, pix_fmt="yuv420p"):
    """Frames of a box that moves between the odd and the even lines, at a variable frame rate."""

    def moment(time):
        lines = np.full((64, 96), 60, np.uint8)
        lines[16:48, int(8 + time * 6) :][:, :12] = 200
        return lines

    for index in range(count):
        lines = moment(index)
        lines[1::2] = moment(index + 0.5)[1::2]
        frame = av.VideoFrame.from_ndarray(np.repeat(lines[..., None], 3, axis=2), format="rgb24")
        frame = frame.reformat(format=pix_fmt, dst_colorspace=1, src_color_range=2, dst_color_range=1)
        frame.pts, frame.duration, frame.time_base = TIMES[index], 7 + index, MILLISECOND
        frame.color_primaries = frame.color_trc = 1
        yield frame


def comb(frames):
    """The mean second difference between lines: large where odd and even lines disagree."""
    planes = [frame.reformat(format="gray", src_color_range=1).to_ndarray().astype(int) for frame in frames]
    return np.mean([abs(2 * lines[1:-1] - lines[:-2] - lines[2:]).mean() for lines in planes])


def facts(frames):
    names = ("pts", "duration", "time_base", "colorspace", "color_range", "color_trc", "color_primaries")
    return [tuple(getattr(frame, name) for name in names) for frame in frames]


@pytest.fixture
def interlaced_clip(tmp_path):
    """A clip whose frames are flagged as interlaced."""
    path = tmp_path / "in.mkv"
    with av.open(str(path), "w") as container:
        options = {"flags": "+ildct+ilme", "x264-params": "tff=1", "crf": "1"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.time_base = MILLISECOND
        for frame in combed(9):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def decoded(path):
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


@pytest.mark.parametrize(
    "pix_fmt, count",
    [
        ("yuv420p", 1),
        ("yuv422p10le", 2),
        ("yuva420p", 3),
        ("gray", 9),
        ("nv12", 3),
        ("uyvy422", 2),
        ("rgb24", 1),
    ],
)
def test_combing_is_removed_and_every_frame_keeps_its_pts(pix_fmt, count):
    before = list(combed(count, pix_fmt))
    after = list(deinterlaced(combed(count, pix_fmt), "on", MILLISECOND))
    assert facts(after) == facts(before)
    assert comb(after) < comb(before) / 5


def test_frames_that_are_flagged_as_interlaced_are_deinterlaced_by_themselves(interlaced_clip):
    before = decoded(interlaced_clip)
    times, combs = [frame.pts for frame in before], comb(before)
    assert all(frame.interlaced_frame for frame in before)
    after = list(deinterlaced(before, "auto", MILLISECOND))
    assert [frame.pts for frame in after] == times
    assert comb(after) < combs / 5
    assert not any(frame.interlaced_frame for frame in after)


def test_other_frames_are_the_very_same_objects():
    frames = list(combed(4))
    assert all(a is b for a, b in zip(deinterlaced(frames, "auto", MILLISECOND), frames, strict=True))
    assert all(a is b for a, b in zip(deinterlaced(frames, "off", MILLISECOND), frames, strict=True))


def test_progressive_frames_in_the_middle_are_left_alone(interlaced_clip):
    first, progressive = decoded(interlaced_clip)[:3], list(combed(3))
    pixels = [frame.to_ndarray() for frame in progressive]
    after = list(deinterlaced([*first, *progressive], "auto", MILLISECOND))
    assert len(after) == 6
    assert all(
        np.array_equal(frame.to_ndarray(), same) for frame, same in zip(after[3:], pixels, strict=True)
    )


def test_a_format_that_changes_in_mid_stream_loses_no_frame():
    frames = [*combed(3), *combed(4, "yuv422p10le"), *combed(1, "gray")]
    expected = facts(frames)
    after = list(deinterlaced(frames, "on", MILLISECOND))
    assert facts(after) == expected
    assert [frame.format.name for frame in after] == ["yuv420p"] * 3 + ["yuv422p10le"] * 4 + ["gray"]


def test_frames_without_times_get_none():
    frames = list(combed(3))
    for frame in frames:
        frame.pts = None
    assert [frame.pts for frame in deinterlaced(frames, "on", MILLISECOND)] == [None] * 3


def test_the_rotation_of_a_frame_is_kept(make_clip):
    frames = decoded(make_clip(count=3, rotation=90))
    turned = [frame.rotation for frame in frames]
    assert set(turned) != {0}
    assert [frame.rotation for frame in deinterlaced(frames, "on", MILLISECOND)] == turned


@pytest.mark.parametrize("mode, words", [("auto", "is deinterlaced"), ("off", "as they are")])
def test_what_becomes_of_interlaced_frames_is_said(interlaced_clip, mode, words):
    (sentence,) = interlace_warning(decoded(interlaced_clip)[0], mode)
    assert words in sentence


def test_nothing_is_said_of_a_progressive_clip():
    assert interlace_warning(next(combed(1)), "auto") == []
    assert len(interlace_warning(next(combed(1)), "on")) == 1

from fractions import Fraction

import av
import numpy as np
import pytest

import video
from video.reading.bad_frames import BadFrames, repaired, with_missing_frames
from video.reading.decoded_frame import DecodedFrame

TICK = Fraction(1, 25)
FASTSTART = {"movflags": "+faststart"}


def good(pts):
    return DecodedFrame(object(), pts)


def bad(pts):
    return DecodedFrame(None, pts, "it is bad")


def shown(frames, policy):
    """(PTS of the frame that is shown, PTS it is shown at)."""
    return [(frame.pts, pts) for frame, pts in repaired(frames, policy)]


def repeats(frame, has_picture):
    return has_picture


def skips(frame, has_picture):
    return False


def test_a_repeated_frame_is_the_same_object_at_the_missing_time():
    frames = [good(0), bad(40), good(80)]
    given = list(repaired(frames, repeats))
    assert [pts for _, pts in given] == [0, 40, 80]
    assert given[1][0] is given[0][0]


def test_a_skipped_frame_leaves_its_time_to_the_one_before():
    assert shown([good(0), bad(40), good(80)], skips) == [(0, 0), (80, 80)]


@pytest.mark.parametrize("policy", [repeats, skips])
def test_what_is_missing_at_the_beginning_is_covered_by_the_first_good_frame(policy):
    assert shown([bad(0), bad(40), good(80), good(120)], policy) == [(80, 0), (120, 120)]


@pytest.mark.parametrize("everywhere, expected", [(True, [0, 40, 80, 120, 160]), (False, [0, 40, 160])])
def test_gaps_are_reported_where_something_is_known_to_be_missing(everywhere, expected):
    found = with_missing_frames([good(0), good(40), good(160)], 40, everywhere=everywhere)
    assert [frame.pts for frame in found] == expected


def test_a_gap_beside_a_bad_frame_is_part_of_it():
    found = list(with_missing_frames([good(0), bad(40), good(160)], 40, everywhere=False))
    assert [(frame.pts, frame.is_good) for frame in found] == [
        (0, True),
        (40, False),
        (80, False),
        (120, False),
        (160, True),
    ]


@pytest.mark.parametrize("total, allowed", [(5, 1), (100, 1), (199, 1), (250, 2), (1000, 10)])
def test_one_in_a_hundred_may_be_bad_but_one_always(total, allowed):
    count = BadFrames("clip.mp4", total, "skip")
    for index in range(allowed):
        count.add(index, "it is bad", has_picture=True)
    expected = (
        f"frame 77 cannot be decoded: clip.mp4\nit is bad; it is number {allowed + 1} of at most {allowed}"
    )
    with pytest.raises(video.MediaError, match=expected):
        count.add(77, "it is bad", has_picture=True)


def spoil(path, found, number):
    """Destroys the data of the frame at this position in display order."""
    position, size = found[sorted(found)[number]]
    data = bytearray(path.read_bytes())
    # The length before it stays, as it does after a disk or transfer error.
    data[position + 4 : position + size] = bytes(size - 4)
    path.write_bytes(data)
    return path


@pytest.fixture
def spoiled(make_clip, packet_places):
    """A function that makes 30 frames and destroys some of them."""

    def make(name, *numbers, bframes=2):
        groups = FASTSTART if name.endswith("mp4") else {}
        kind = {"codec": "mjpeg", "pix_fmt": "yuvj420p", "time_base": TICK} if name.endswith("avi") else {}
        path = make_clip(name, count=30, bframes=bframes, options=groups, **kind)
        for number in numbers:
            spoil(path, packet_places(path), number)
        return path

    return make


# The last frame, and one among others.
CASES = [("in.mp4", 20), ("in.mkv", 29), ("in.avi", 21), ("in.avi", 29)]


@pytest.mark.parametrize("name, number", CASES)
def test_a_bad_frame_stops_with_its_index_and_time(spoiled, read, name, number):
    expected = (
        rf"frame {number} cannot be decoded: .*\nthe data are damaged at {number / 25:.2f} s \(.*\)\nfix: "
    )
    with pytest.raises(video.MediaError, match=expected):
        read(spoiled(name, number))


@pytest.mark.parametrize("name, number", CASES)
def test_a_bad_frame_can_be_skipped_and_the_length_stays(spoiled, read, name, number):
    whole, _ = read(spoiled(name))
    frames, source = read(spoiled(name, number), on_bad_frame="skip")
    assert (source.frames_read, source.frames_skipped, source.frames_repeated) == (29, 1, 0)
    assert [frame.pts for frame in frames] == [frame.pts for frame in whole if frame.index != number]
    assert frames[number - 1].duration == whole[number - 1].duration + whole[number].duration
    assert frames[-1].pts + frames[-1].duration == whole[-1].pts + whole[-1].duration
    assert source.warnings == ["1 frames could not be decoded: 1 were left out, 0 show the picture before."]


@pytest.mark.parametrize("name, number", CASES)
def test_a_bad_frame_can_show_the_picture_before(spoiled, read, name, number):
    whole, _ = read(spoiled(name))
    frames, source = read(spoiled(name, number), on_bad_frame="repeat")
    assert (source.frames_read, source.frames_skipped, source.frames_repeated) == (30, 0, 1)
    assert [(frame.pts, frame.duration) for frame in frames] == [(f.pts, f.duration) for f in whole]
    assert frames[number].picture is frames[number - 1].picture


@pytest.mark.parametrize(
    "number, options, numbers",
    [
        (20, {"on_bad_frame": "skip"}, [*range(20), *range(21, 30)]),
        (20, {"on_bad_frame": "repeat"}, [*range(20), 19, *range(21, 30)]),
        (0, {"on_bad_frame": "repeat"}, [*range(1, 30)]),
        (20, {"on_bad_frame": "skip", "start": 0.4}, [*range(10), *range(11, 20)]),
        (20, {"on_bad_frame": "skip", "fps": 25}, [*range(30)]),
    ],
)
def test_frames_know_their_number_in_the_source(spoiled, read, number, options, numbers):
    frames, _ = read(spoiled("in.avi", number), **options)
    assert [frame.source_index for frame in frames] == numbers


def test_a_bad_first_frame_gives_its_time_to_the_second(spoiled, read):
    frames, source = read(spoiled("in.avi", 0), on_bad_frame="repeat")
    assert source.frames_skipped == 1
    assert [(frame.pts, frame.duration) for frame in frames[:2]] == [(0, 2), (2, 1)]


def test_bad_frames_are_repaired_beside_the_deinterlacer(spoiled, read):
    whole, _ = read(spoiled("in.mkv", bframes=0), deinterlace="on")
    frames, source = read(spoiled("in.mkv", 20, bframes=0), on_bad_frame="repeat", deinterlace="on")
    assert [frame.pts for frame in frames] == [frame.pts for frame in whole]
    assert frames[20].picture is frames[19].picture
    assert source.frames_repeated == 1


@pytest.mark.parametrize("options", [{"start": 0.9}, {"end": 0.5}])
def test_bad_frames_outside_of_the_wanted_part_do_not_matter(spoiled, read, options):
    path = spoiled("in.mkv", 20, bframes=0)
    assert len(read(path, **options)[0]) == (7 if "start" in options else 13)


def test_frames_that_a_decoder_silently_drops_are_reported(tmp_path, draw, read, packet_places):
    path = tmp_path / "in.mp4"
    with av.open(str(path), "w", options=FASTSTART) as output:
        stream = output.add_stream("libx265", rate=25, options={"x265-params": "log-level=none:keyint=12"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for pixels in draw(30):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        output.mux(stream.encode(None))
    found = packet_places(path)
    position = found[sorted(found)[12]][0]
    data = bytearray(path.read_bytes())
    # The type of the only NAL unit of the keyframe: decoders skip type 63.
    data[position + 4] = 0x7E
    path.write_bytes(data)
    with pytest.raises(video.MediaError, match=r"frame 12 cannot be decoded: .*\n.*0\.48 s"):
        read(path)


@pytest.fixture
def broadcast(make_clip, remux, packet_places):
    """A function that writes 60 frames of MPEG-2 in a transport stream; the data of one may be destroyed."""

    def make(number=None):
        noise = np.random.default_rng(0).integers(0, 255, (60, 64, 96, 3), dtype=np.uint8)
        made = make_clip("in.mkv", codec="mpeg2video", time_base=TICK, count=60, frames=iter(noise))
        path = remux(made, "a.ts")
        if number is not None:
            found = packet_places(path)
            position = found[sorted(found)[number]][0]
            data = bytearray(path.read_bytes())
            for packet in range(2, 5):
                data[position + packet * 188 + 100 : position + packet * 188 + 180] = bytes(80)
            path.write_bytes(data)
        return path

    return make


@pytest.mark.parametrize("number", [20, 30])
def test_a_frame_that_is_marked_as_corrupt_is_bad(broadcast, read, number):
    path = broadcast(number)
    with pytest.raises(
        video.MediaError, match=rf"frame {number} cannot be decoded: .*\n.* at {number / 25:.2f} s"
    ):
        read(path)
    whole, _ = read(broadcast())
    path = broadcast(number)
    frames, source = read(path, on_bad_frame="repeat")
    assert [(frame.pts, frame.duration) for frame in frames] == [(f.pts, f.duration) for f in whole]
    assert source.frames_repeated == 1
    assert len(read(path, on_bad_frame="skip")[0]) == 59


def test_what_a_matroska_demuxer_silently_skips_is_counted_by_its_gap(make_clip, read, packet_places):
    clusters = {"cluster_time_limit": "80"}
    path = make_clip("in.mkv", count=250, codec="mjpeg", pix_fmt="yuvj420p", options=clusters)
    whole, _ = read(path)
    position = packet_places(path)[4000][0]
    data = bytearray(path.read_bytes())
    data[position - 6 : position + 20] = bytes(26)
    path.write_bytes(data)
    with av.open(str(path)) as container:
        lost = 250 - sum(bool(packet.size) for packet in container.demux(video=0))
    assert lost in (1, 2), "the demuxer must lose a frame or two for this test to say anything"
    with pytest.raises(video.MediaError, match=r"frame 100 cannot be read: .*\n.*after 3\.96 s"):
        read(path)
    frames, source = read(path, on_bad_frame="repeat")
    assert source.frames_repeated >= lost
    assert sorted({frame.source_index for frame in frames}) == list(range(250 - lost))
    assert [(frame.pts, frame.duration) for frame in frames] == [(f.pts, f.duration) for f in whole]


@pytest.mark.parametrize("name, policy", [("in.mp4", "skip"), ("in.mkv", "repeat"), ("a.ts", "skip")])
def test_the_whole_frames_of_a_cut_clip_are_read(make_clip, broadcast, read, name, policy):
    path = broadcast() if name.endswith("ts") else make_clip(name, count=60, options=FASTSTART)
    whole, _ = read(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.601)])
    with pytest.raises(video.MediaError, match="cut short"):
        read(path)
    frames, source = read(path, on_bad_frame=policy)
    assert 10 < len(frames) < 60
    assert all(np.array_equal(a.picture.pixels, b.picture.pixels) for a, b in zip(frames[:10], whole))
    assert frames[-1].duration <= 3 * whole[0].duration


def test_a_clip_whose_frames_are_all_bad_is_never_an_empty_success(make_clip, read):
    path = make_clip("in.mp4", count=3, bframes=0, options=FASTSTART)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    path.write_bytes(data)
    with pytest.raises(video.MediaError, match="frame 0 cannot be decoded"):
        read(path)
    with pytest.raises(video.MediaError, match="number 2 of at most 1"):
        read(path, on_bad_frame="skip")


def test_a_single_bad_frame_leaves_nothing(make_clip, read, packet_places):
    path = make_clip("in.mp4", count=1, bframes=0, options=FASTSTART)
    spoil(path, packet_places(path), 0)
    with pytest.raises(video.MediaError, match="0 of 1 frames can be decoded"):
        read(path, on_bad_frame="skip")


@pytest.mark.parametrize("policy", ["stop", "skip"])
def test_a_decoder_that_does_not_open_is_an_error_of_the_clip_that_says_why(make_clip, read, policy):
    path = make_clip("in.mkv", count=4, codec="ffv1")
    with av.open(str(path)) as container:
        head = bytes(container.streams.video[0].codec_context.extradata)
    path.write_bytes(path.read_bytes().replace(head, b"\xff" * len(head)))
    with pytest.raises(video.MediaError, match="Invalid data found"):
        read(path, on_bad_frame=policy)

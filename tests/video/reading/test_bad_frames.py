from fractions import Fraction

import av
import numpy as np
import pytest

import video
from video.core.options import Options
from video.probe import inspect_source
from video.reading.bad_frames import BadFrames, mended, with_gaps_told
from video.reading.decoding import Shot
from video.reading.reader import ClipSource

TICK = Fraction(1, 25)
FASTSTART = {"movflags": "+faststart"}


def read(path, **options):
    options = Options(**options)
    with ClipSource(inspect_source(path, options), options) as source:
        return list(source.frames(lambda index: True)), source


def good(pts):
    return Shot(object(), pts)


def bad(pts):
    return Shot(None, pts, "it is bad")


def places(shots, told):
    """(pts of the frame that is shown, pts it is shown at)."""
    return [(shot.pts, pts) for shot, pts in mended(shots, told)]


def repeats(shot, has_picture):
    return has_picture


def skips(shot, has_picture):
    return False


def test_a_repeated_frame_is_the_same_object_at_the_missing_time():
    shots = [good(0), bad(40), good(80)]
    given = list(mended(shots, repeats))
    assert [pts for _, pts in given] == [0, 40, 80]
    assert given[1][0] is given[0][0]


def test_a_skipped_frame_leaves_its_time_to_the_one_before():
    assert places([good(0), bad(40), good(80)], skips) == [(0, 0), (80, 80)]


@pytest.mark.parametrize("told", [repeats, skips])
def test_what_is_missing_at_the_beginning_is_covered_by_the_first_good_frame(told):
    assert places([bad(0), bad(40), good(80), good(120)], told) == [(80, 0), (120, 120)]


def test_all_bad_is_nothing():
    assert places([bad(0), bad(40)], repeats) == []


@pytest.mark.parametrize("everywhere, expected", [(True, [0, 40, 80, 120, 160]), (False, [0, 40, 160])])
def test_gaps_are_told_where_something_is_known_to_be_missing(everywhere, expected):
    told = with_gaps_told([good(0), good(40), good(160)], 40, everywhere=everywhere)
    assert [shot.pts for shot in told] == expected


def test_a_gap_beside_a_bad_frame_is_part_of_it():
    told = list(with_gaps_told([good(0), bad(40), good(160)], 40, everywhere=False))
    assert [(shot.pts, shot.frame is None) for shot in told] == [
        (0, False),
        (40, True),
        (80, True),
        (120, True),
        (160, False),
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


def packet_places(path):
    """From the time of every video packet to (where it lies in the file, its size)."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    return {packet.pts: (packet.pos, packet.size) for packet in packets}


def spoil(path, number):
    """Destroys the data of the frame that is shown at this place."""
    found = packet_places(path)
    position, size = found[sorted(found)[number]]
    data = bytearray(path.read_bytes())
    # The length in front stays, as it does where a disk or a line goes wrong.
    data[position + 4 : position + size] = bytes(size - 4)
    path.write_bytes(data)
    return path


@pytest.fixture
def spoiled(make_clip):
    """A function that makes 30 frames and destroys some of them."""

    def make(name, *numbers, bframes=2):
        groups = FASTSTART if name.endswith("mp4") else {}
        kind = {"codec": "mjpeg", "pix_fmt": "yuvj420p", "time_base": TICK} if name.endswith("avi") else {}
        path = make_clip(name, count=30, bframes=bframes, options=groups, **kind)
        for number in numbers:
            spoil(path, number)
        return path

    return make


KINDS = ["in.mp4", "in.mkv", "in.avi"]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("number", [20, 21, 29])
def test_a_bad_frame_stops_with_its_index_and_time(spoiled, name, number):
    expected = (
        rf"frame {number} cannot be decoded: .*\nthe data are damaged at {number / 25:.2f} s \(.*\)\nfix: "
    )
    with pytest.raises(video.MediaError, match=expected):
        read(spoiled(name, number))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("number", [20, 21, 29])
def test_a_bad_frame_can_be_skipped_and_the_length_stays(spoiled, name, number):
    whole, _ = read(spoiled(name))
    frames, source = read(spoiled(name, number), on_bad_frame="skip")
    assert (source.frames_read, source.frames_skipped, source.frames_repeated) == (29, 1, 0)
    assert [frame.pts for frame in frames] == [frame.pts for frame in whole if frame.index != number]
    assert frames[number - 1].duration == whole[number - 1].duration + whole[number].duration
    assert frames[-1].pts + frames[-1].duration == whole[-1].pts + whole[-1].duration
    assert source.warnings == ["1 frames could not be decoded: 1 were left out, 0 show the picture before."]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("number", [20, 21, 29])
def test_a_bad_frame_can_show_the_picture_before(spoiled, name, number):
    whole, _ = read(spoiled(name))
    frames, source = read(spoiled(name, number), on_bad_frame="repeat")
    assert (source.frames_read, source.frames_skipped, source.frames_repeated) == (30, 0, 1)
    assert [(frame.pts, frame.duration) for frame in frames] == [(f.pts, f.duration) for f in whole]
    assert frames[number].picture is frames[number - 1].picture


@pytest.mark.parametrize("policy", ["skip", "repeat"])
def test_a_bad_first_frame_gives_its_time_to_the_second(spoiled, policy):
    frames, source = read(spoiled("in.avi", 0), on_bad_frame=policy)
    assert source.frames_skipped == 1
    assert [(frame.pts, frame.duration) for frame in frames[:2]] == [(0, 2), (2, 1)]


@pytest.mark.parametrize("policy", ["skip", "repeat"])
def test_more_than_one_in_a_hundred_is_too_much(spoiled, policy):
    with pytest.raises(video.MediaError, match="frame 25 cannot be decoded: .*\n.*number 2 of at most 1"):
        read(spoiled("in.mkv", 20, 25, bframes=0), on_bad_frame=policy)


def test_bad_frames_are_mended_beside_the_deinterlacer(spoiled):
    whole, _ = read(spoiled("in.mkv", bframes=0), deinterlace="on")
    frames, source = read(spoiled("in.mkv", 20, bframes=0), on_bad_frame="repeat", deinterlace="on")
    assert [frame.pts for frame in frames] == [frame.pts for frame in whole]
    assert frames[20].picture is frames[19].picture
    assert source.frames_repeated == 1


@pytest.mark.parametrize("options", [{"start": 0.9}, {"end": 0.5}])
def test_bad_frames_outside_of_the_wanted_part_do_not_matter(spoiled, options):
    path = spoiled("in.mkv", 20, bframes=0)
    assert len(read(path, **options)[0]) == (7 if "start" in options else 13)


def test_frames_that_a_decoder_drops_without_a_word_are_missed(tmp_path, draw):
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
    # The type of the only unit of the key frame: 63 is one that decoders pass over.
    data[position + 4] = 0x7E
    path.write_bytes(data)
    with pytest.raises(video.MediaError, match=r"frame 12 cannot be decoded: .*\n.*0\.48 s"):
        read(path)


def broadcast(make_clip, remux, number=None):
    """60 frames of MPEG-2 in a transport stream; the data of one may be destroyed, packet by packet."""
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


@pytest.mark.parametrize("number", [20, 30])
def test_a_frame_that_is_marked_as_corrupt_is_bad(make_clip, remux, number):
    path = broadcast(make_clip, remux, number)
    with pytest.raises(
        video.MediaError, match=rf"frame {number} cannot be decoded: .*\n.* at {number / 25:.2f} s"
    ):
        read(path)
    whole, _ = read(broadcast(make_clip, remux))
    path = broadcast(make_clip, remux, number)
    frames, source = read(path, on_bad_frame="repeat")
    assert [(frame.pts, frame.duration) for frame in frames] == [(f.pts, f.duration) for f in whole]
    assert source.frames_repeated == 1
    assert len(read(path, on_bad_frame="skip")[0]) == 59


def test_what_a_matroska_demuxer_passes_over_is_counted_by_its_gap(make_clip):
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
    assert [(frame.pts, frame.duration) for frame in frames] == [(f.pts, f.duration) for f in whole]


@pytest.mark.parametrize("name", ["in.mp4", "in.mkv", "a.ts"])
@pytest.mark.parametrize("policy", ["skip", "repeat"])
def test_the_whole_frames_of_a_cut_clip_are_read(make_clip, remux, name, policy):
    path = (
        broadcast(make_clip, remux) if name.endswith("ts") else make_clip(name, count=60, options=FASTSTART)
    )
    whole, _ = read(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.601)])
    with pytest.raises(video.MediaError, match="cut short"):
        read(path)
    frames, source = read(path, on_bad_frame=policy)
    assert 10 < len(frames) < 60
    assert all(np.array_equal(a.picture.pixels, b.picture.pixels) for a, b in zip(frames[:10], whole))
    assert frames[-1].duration <= 3 * whole[0].duration


def test_a_clip_whose_frames_are_all_bad_is_never_an_empty_success(make_clip):
    path = make_clip("in.mp4", count=3, bframes=0, options=FASTSTART)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    path.write_bytes(data)
    with pytest.raises(video.MediaError, match="frame 0 cannot be decoded"):
        read(path)
    with pytest.raises(video.MediaError, match="number 2 of at most 1"):
        read(path, on_bad_frame="skip")


def test_a_single_bad_frame_leaves_nothing(make_clip):
    path = spoil(make_clip("in.mp4", count=1, bframes=0, options=FASTSTART), 0)
    with pytest.raises(video.MediaError, match="0 of 1 frames can be decoded"):
        read(path, on_bad_frame="skip")


@pytest.mark.parametrize("policy", ["stop", "skip"])
def test_a_decoder_that_does_not_open_is_an_error_of_the_clip_that_says_why(make_clip, policy):
    path = make_clip("in.mkv", count=4, codec="ffv1")
    with av.open(str(path)) as container:
        head = bytes(container.streams.video[0].codec_context.extradata)
    path.write_bytes(path.read_bytes().replace(head, b"\xff" * len(head)))
    with pytest.raises(video.MediaError, match="Invalid data found"):
        read(path, on_bad_frame=policy)

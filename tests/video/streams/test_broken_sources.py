"""Streams of sources that are damaged or break the rules: carried as far as they go, and told of."""

from fractions import Fraction

import av
import pytest


@pytest.fixture
def make_disorder(tmp_path):
    """A function that writes an mkv whose sound has packets at the given milliseconds."""

    def make(milliseconds):
        path = tmp_path / "in.mkv"
        with av.open(str(path), "w", format="matroska") as container:
            video = container.add_stream("mpeg4", rate=25)
            video.codec_context.width, video.codec_context.height = 64, 48
            video.codec_context.time_base = Fraction(1, 25)
            sound = container.add_stream("pcm_s16le", rate=48000)
            sound.codec_context.layout = "stereo"
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.pts, frame.time_base = 0, Fraction(1, 25)
            container.mux([*video.encode(frame), *video.encode(None)])
            for number, time in enumerate(milliseconds):
                packet = av.Packet(bytes([number]) * 192)
                packet.stream, packet.time_base = sound, Fraction(1, 1000)
                packet.pts = packet.dts = time
                container.mux(packet)
        return path

    return make


@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.mkv"])
def test_sound_that_shares_a_time_goes_into_every_container_whole(make_disorder, carry, see, target):
    path = make_disorder([0, 10, 10, 20, 30])
    carried = carry(path, target)
    before, after = see(path)[0][1], see(carried.path)[0][1]
    assert b"".join(after.payloads) == b"".join(before.payloads)
    told = "The audio stream 1 (pcm_s16le) goes back in time at 1 packet, which came later instead."
    # Matroska allows what an mp4 does not.
    assert carried.warnings == ([] if target == "out.mkv" else [told])


def test_a_track_whose_data_are_damaged_is_carried_whole(make_tracks, track, carry, see):
    path = make_tracks("in.mp4", track("audio", "aac"))
    payload = see(path)[0][1].payloads[20]
    path.write_bytes(path.read_bytes().replace(payload, b"\0" * len(payload)))
    before, after = see(path)[0][1], see(carry(path, "out.mkv").path)[0][1]
    assert after.payloads == before.payloads


@pytest.fixture
def unreadable(make_tracks, track, see):
    """An mp4 whose sound cannot be read from its packet 60 on, and the payloads it had."""
    path = make_tracks("in.mp4", track("audio", "aac"))
    whole, data = see(path)[0][1].payloads, bytearray(path.read_bytes())
    # The sizes of the sound's packets: one becomes more than any reader takes.
    place = data.rindex(b"stsz") + 16 + 4 * 60
    assert int.from_bytes(data[place : place + 4]) == len(whole[60])
    data[place : place + 4] = (2**30 - 16).to_bytes(4)
    path.write_bytes(data)
    return path, whole


def test_a_source_that_cannot_be_read_to_its_end_is_carried_so_far_and_told_of(unreadable, carry, see):
    path, whole = unreadable
    carried = carry(path, "out.mkv")
    assert see(carried.path)[0][1].payloads == whole[:60]
    (sentence,) = carried.warnings
    assert sentence.startswith("The source is damaged after 1.24 s (")
    assert sentence.endswith("): its sound and subtitles end there.")


def test_a_source_is_not_read_beyond_the_end_of_a_cut(unreadable, carry):
    assert carry(unreadable[0], "out.mkv", None, Fraction(1)).warnings == []

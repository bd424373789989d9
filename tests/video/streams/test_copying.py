"""Streams of sources that are damaged or invalid: copied as far as they go, and reported."""

from fractions import Fraction

import pytest


@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.mkv"])
def test_sound_that_shares_a_time_goes_into_every_container_whole(make_foreign, carry, see, target):
    path = make_foreign("pcm_s16le", [0, 10, 10, 20, 30], rate=48000)
    carried = carry(path, target)
    before, after = see(path)[0][1], see(carried.path)[0][1]
    assert b"".join(after.payloads) == b"".join(before.payloads)
    warning = "The audio stream 1 (pcm_s16le) goes back in time at 1 packet, which came later instead."
    # Matroska allows what an mp4 does not.
    assert carried.warnings == ([] if target == "out.mkv" else [warning])


def test_a_track_whose_data_are_damaged_is_carried_whole(make_tracks, track, carry, see):
    path = make_tracks("in.mp4", track("audio", "aac"))
    payload = see(path)[0][1].payloads[20]
    path.write_bytes(path.read_bytes().replace(payload, b"\0" * len(payload)))
    before, after = see(path)[0][1], see(carry(path, "out.mkv").path)[0][1]
    assert after.payloads == before.payloads


@pytest.fixture
def unreadable(make_tracks, track, see):
    """An mp4 whose audio cannot be read from packet 60 on, and the payloads it had."""
    path = make_tracks("in.mp4", track("audio", "aac"))
    whole, data = see(path)[0][1].payloads, bytearray(path.read_bytes())
    # The sizes of the audio packets: one becomes larger than any demuxer accepts.
    place = data.rindex(b"stsz") + 16 + 4 * 60
    assert int.from_bytes(data[place : place + 4]) == len(whole[60])
    data[place : place + 4] = (2**30 - 16).to_bytes(4)
    path.write_bytes(data)
    return path, whole


def test_a_source_that_cannot_be_read_to_its_end_is_carried_so_far_and_reported(unreadable, carry, see):
    path, whole = unreadable
    carried = carry(path, "out.mkv")
    assert see(carried.path)[0][1].payloads == whole[:60]
    (sentence,) = carried.warnings
    assert sentence.startswith("The source is damaged after 1.24 s (")
    assert sentence.endswith("): its sound and subtitles end there.")


def test_a_source_is_not_read_beyond_the_end_of_a_cut(unreadable, carry):
    assert carry(unreadable[0], "out.mkv", None, Fraction(1)).warnings == []

from fractions import Fraction

import pytest

from video.reading.opening import family
from video.reading.structure import Damage, damage_of


@pytest.fixture
def make(make_clip, remux):
    """A function that writes a whole clip in any container."""

    def write(name):
        if name.endswith(("ts", "mpg", "avi")):
            codec = "mpeg4" if name.endswith("avi") else "mpeg2video"
            return remux(make_clip("in.mkv", codec=codec, time_base=Fraction(1, 25), count=30), name)
        return make_clip(name, count=30, options={"movflags": "+faststart"} if name.endswith("mp4") else {})

    return write


NAMES = ["in.mp4", "in.mkv", "in.avi", "a.ts", "a.mpg"]


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_file_has_no_damage(make, name):
    path = make(name)
    assert damage_of(path, family(path)) == Damage()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_cut_off_lacks_its_end(make, name):
    path = make(name)
    kind, data = family(path), path.read_bytes()
    path.write_bytes(data[:-101])
    assert "past the end of the file" in damage_of(path, kind).cut or name == "a.ts"
    assert damage_of(path, kind).cut


@pytest.mark.parametrize("name", ["in.mkv", "in.avi", "a.ts", "a.mpg"])
def test_a_damaged_header_of_a_packet_is_found_at_its_position(make, packet_places, name):
    path = make(name)
    kind, data = family(path), bytearray(path.read_bytes())
    # The reader of program streams does not say where a packet is.
    start = data.index(b"\0\0\1\xe0", len(data) // 2) if kind == "mpeg" else None
    place = start or sorted(position for position, _ in packet_places(path).values())[20] - 8
    data[place : place + 200] = b"\xff" * 200
    path.write_bytes(data)
    assert abs(damage_of(path, kind).broken_at - place) <= 200


def test_missing_transport_packets_are_a_gap_in_the_continuity_counters(make):
    path = make("a.ts")
    data = path.read_bytes()
    path.write_bytes(data[: 188 * 10] + data[188 * 12 :])
    assert damage_of(path, "mpegts") == Damage(may_lack_packets=True)

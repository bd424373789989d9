import zlib
from fractions import Fraction

import av
import pytest

from video.assembling.matroska_aspect import reserve_aspect_ratio, write_aspect_ratio

WIDE = Fraction(16, 11)


def copied(source, target, title=None, crc=True, reserve=True):
    """Copies the video of a clip into another container, as it is at the end of a translation."""
    options = {} if crc else {"write_crc32": "0"}
    with av.open(str(source)) as container, av.open(str(target), "w", options=options) as output:
        template = container.streams.video[0]
        stream = output.add_stream_from_template(template, opaque=True)
        if title is not None:
            stream.metadata["title"] = title
        if reserve:
            reserve_aspect_ratio(stream)
        for packet in container.demux(template):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    return target


def seen(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        payloads = [bytes(packet) for packet in container.demux(stream)]
        return stream.sample_aspect_ratio, stream.metadata.get("title"), payloads


@pytest.fixture
def vp9(make_clip):
    """A clip whose packets do not contain the sample aspect ratio."""
    return make_clip("in.webm", codec="libvpx-vp9", count=3, options={})


@pytest.mark.parametrize(
    "title, ratio, crc",
    [
        (None, WIDE, True),
        (None, Fraction(100000, 1), False),
        ("Tëst", Fraction(1), False),
        ("x" * 200, Fraction(59, 54), True),
    ],
)
def test_the_ratio_is_exact_in_matroska_and_all_else_is_as_before(vp9, tmp_path, title, ratio, crc):
    path = copied(vp9, tmp_path / "out.mkv", title, crc)
    size = path.stat().st_size
    write_aspect_ratio(path, 96, 64, ratio)
    assert seen(path) == (ratio, title, seen(vp9)[2])
    assert path.stat().st_size == size


def test_webm_has_the_nearest_whole_pixel(vp9, tmp_path):
    path = copied(vp9, tmp_path / "out.webm")
    write_aspect_ratio(path, 96, 64, WIDE)
    # 96 pixels 16/11 wide take the place of 139.6 square ones.
    assert seen(path) == (Fraction(140, 96), None, seen(vp9)[2])


def checksum_is_right(data):
    """Whether the CRC-32 at the start of the Tracks element is right (RFC 9559, section 6.2)."""
    start = data.rindex(bytes.fromhex("1654AE6B")) + 4
    # The last mention: the first is in the SeekHead.
    length = 9 - data[start].bit_length()
    size = int.from_bytes(data[start : start + length]) - (1 << 7 * length)
    content = data[start + length : start + length + size]
    assert content[:2] == b"\xbf\x84"
    return zlib.crc32(content[6:]) == int.from_bytes(content[2:6], "little")


def test_the_checksum_of_the_header_is_updated(vp9, tmp_path):
    path = copied(vp9, tmp_path / "out.mkv", "title")
    before = path.read_bytes()
    write_aspect_ratio(path, 96, 64, WIDE)
    assert path.read_bytes() != before
    assert checksum_is_right(before) and checksum_is_right(path.read_bytes())


@pytest.mark.parametrize("name", ["out.mkv", "out.mp4"])
def test_a_file_without_room_is_not_touched(vp9, tmp_path, name):
    path = copied(vp9, tmp_path / name, reserve=False)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="no track|no Tracks element"):
        write_aspect_ratio(path, 96, 64, WIDE)
    assert path.read_bytes() == before

"""Detection of file formats by their first bytes (signatures), never by file name."""

import os
from collections.abc import Iterator
from typing import BinaryIO

HEAD_BYTES = 4096
# Every packet of a transport stream starts with the sync byte; this many in a row are not a coincidence.
_SYNC_BYTE, _ENOUGH_SYNC_BYTES = 0x47, 8
_MOV_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp")
# Files of recorders, by their first bytes and FFmpeg's name.
_RECORDERS = (
    (b"FLV\x01", "flv"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", "mxf"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"OggS", "ogg"),
    (b"DKIF", "ivf"),
    (b"YUV4MPEG2 ", "yuv4mpegpipe"),
    (b"\x1f\x07\x00", "dv"),
)
# Types of the first NAL unit in a bare stream: parameter sets, an access unit delimiter, SEI.
_H264_TYPES = (0x06, 0x09, 0x27, 0x47, 0x67)
_HEVC_TYPES = (0x40, 0x42, 0x46, 0x4E)
# What FFmpeg could read, too, and nobody records today: named, and not opened.
_UNREAD: tuple[tuple[bytes, str], ...] = ((b".RMF", "RealMedia"), (b"nut/multimedia container", "NUT"))
_UNREAD += ((b"\xb7\xd8\x00\x20\x37\x49\xda\x11", "WTV"), (b"\0\0\0\0\x01\xbc", "GXF"), (b"BBCD", "Dirac"))
_PICTURE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1")


def clip_family(head: bytes) -> str | None:
    """Return FFmpeg's name of the video format, None if it is not a video."""
    if head[4:8] in _MOV_BOXES and head[8:12] not in _PICTURE_BRANDS:
        return "mov"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith(b"\x00\x00\x01\xba"):
        return "mpeg"
    if head.startswith(b"\x00\x00\x01\xb3"):
        return "mpegvideo"
    for signature, family in _RECORDERS:
        if head.startswith(signature):
            return family
    start = head[:4].find(b"\0\0\1")
    if start in (0, 1) and len(head) > start + 4:
        first, second = head[start + 3], head[start + 4]
        if first in _HEVC_TYPES and second == 1:
            return "hevc"
        if first in _H264_TYPES:
            return "h264"
    return "mpegts" if transport_packets(head) else None


def unread_family(head: bytes) -> str | None:
    """Return the usual name of a video format that is not read here, None if it is none of those."""
    return next((name for signature, name in _UNREAD if head.startswith(signature)), None)


def picture_family(head: bytes) -> str | None:
    """Return 'gif', 'png' or 'webp', animated or not; None if it is none of them."""
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "webp" if head.startswith(b"RIFF") and head[8:12] == b"WEBP" else None


def is_animated(path: str | os.PathLike, kind: str, head: bytes) -> bool:
    """Return whether a picture may be animated; any GIF may, since only its end would tell."""
    if kind == "webp":
        return head[12:16] == b"VP8X" and bool(head[20:21]) and bool(head[20] & 2)
    return kind == "gif" or _has_animation_chunk(path)


def has_index(path: str | os.PathLike) -> bool:
    """Return whether an mp4 or mov has its moov box, which recorders write last (ISO/IEC 14496-12, 4.2)."""
    with open(path, "rb") as file:
        return any(kind == b"moov" for kind, _ in mov_boxes(file, os.path.getsize(path)))


def mov_boxes(file: BinaryIO, length: int) -> Iterator[tuple[bytes, int]]:
    """Yield (type, end position) of the outermost boxes of an mp4 or mov, up to an invalid size."""
    position = 0
    while position + 8 <= length:
        file.seek(position)
        head = file.read(16)
        size = int.from_bytes(head[:4])
        size = int.from_bytes(head[8:16]) if size == 1 else size
        position += size
        yield head[4:8], position
        if size < 8:
            return


def transport_packets(head: bytes) -> tuple[int, int] | None:
    """Return (offset, size) of a transport stream's packets in bytes, None if it is not one.

    Packets have 188 bytes; Blu-ray and cameras (m2ts) put 4 bytes before, broadcasters 16 after them
    (ISO/IEC 13818-1, 2.4.3.2). A recording may start within a packet, which takes more packets to detect.
    """
    for size in (188, 192, 204):
        for offset in range(min(size, len(head))):
            found = head[offset::size][:_ENOUGH_SYNC_BYTES]
            starts_whole = offset == (4 if size == 192 else 0)
            enough = 3 if starts_whole else _ENOUGH_SYNC_BYTES
            if len(found) >= enough and found.count(_SYNC_BYTE) == len(found):
                return offset, size
    return None


def _has_animation_chunk(path: str | os.PathLike) -> bool:
    """Return whether a PNG has an acTL chunk before its first IDAT, which makes it an APNG."""
    with open(path, "rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8 and head[4:] not in (b"acTL", b"IDAT"):
            file.seek(int.from_bytes(head[:4]) + 4, os.SEEK_CUR)
    return head[4:] == b"acTL"

"""What a file is, by its first bytes and never by its name."""

import os

HEAD_BYTES = 4096
# What every packet of a transport stream begins with, and how many of them are no accident.
_MARKER, _ENOUGH_MARKERS = 0x47, 8
_MOV_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp")
_PICTURE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1")


def clip_family(head: bytes) -> str | None:
    """Returns FFmpeg's name for a kind of video file, None when it is none."""
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
    return "mpegts" if transport_packets(head) else None


def picture_family(head: bytes) -> str | None:
    """Returns 'gif', 'png' or 'webp', moving or not; None when it is none."""
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "webp" if head.startswith(b"RIFF") and head[8:12] == b"WEBP" else None


def is_animated(path: str | os.PathLike, kind: str, head: bytes) -> bool:
    """Returns whether a picture may move; of a GIF only its end would tell."""
    if kind == "webp":
        return head[12:16] == b"VP8X" and bool(head[20:21]) and bool(head[20] & 2)
    return kind == "gif" or _has_animation_chunk(path)


def has_index(path: str | os.PathLike) -> bool:
    """Returns whether an mp4 or mov has its index, which recorders write last (ISO/IEC 14496-12, 4.2)."""
    position, length = 0, os.path.getsize(path)
    with open(path, "rb") as file:
        while position + 8 <= length:
            file.seek(position)
            head = file.read(16)
            size, kind = int.from_bytes(head[:4]), head[4:8]
            size = int.from_bytes(head[8:16]) if size == 1 else size
            if kind == b"moov" or size < 8:
                return kind == b"moov"
            position += size
    return False


def transport_packets(head: bytes) -> tuple[int, int] | None:
    """Returns (offset, size) of a transport stream's packets in bytes, None when it is none.

    Packets have 188 bytes; Blu-ray and cameras (m2ts) put 4 bytes before, broadcasters 16 behind
    (ISO/IEC 13818-1, 2.4.3.2). A recording may begin within a packet, which takes more packets to tell.
    """
    for size in (188, 192, 204):
        for offset in range(min(size, len(head))):
            markers = head[offset::size][:_ENOUGH_MARKERS]
            begins_whole = offset == (4 if size == 192 else 0)
            enough = 3 if begins_whole else _ENOUGH_MARKERS
            if len(markers) >= enough and markers.count(_MARKER) == len(markers):
                return offset, size
    return None


def _has_animation_chunk(path: str | os.PathLike) -> bool:
    """Returns whether a PNG has a chunk acTL before its picture's data, which makes it an animated one."""
    with open(path, "rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8 and head[4:] not in (b"acTL", b"IDAT"):
            file.seek(int.from_bytes(head[:4]) + 4, os.SEEK_CUR)
    return head[4:] == b"acTL"

"""Check whether the file of a recorder ends where it should: FLV, MXF, WMV, Ogg, DV, y4m and IVF.

Their demuxers stop at the end of the file without a word, wherever that is.
"""

import re
from collections.abc import Callable
from typing import BinaryIO

_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_LONGEST_ASF_HEADER = 1 << 16
_DV_FRAME_BYTES = {False: 120_000, True: 144_000}  # 525 and 625 lines (IEC 61834-2)
_CHROMA_SHARE = {"420": (2, 2), "411": (4, 1), "422": (2, 1), "444": (1, 1)}


def bytes_missing(file: BinaryIO, length: int, family: str) -> int:
    """Return how many bytes are missing at least at the end of a file; 0 if it is whole or cannot say.

    Args:
        file: open at any position.
        length: of the file in bytes.
        family: FFmpeg's name of its format.
    """
    file.seek(0)
    return max(0, _ENDS[family](file, length) - length) if family in _ENDS else 0


def _walk(length: int, position: int, size_at: Callable[[int], int | None]) -> int:
    """Return the end of the last of the elements that follow each other from a position on."""
    while position < length:
        size = size_at(position)
        if size is None:
            # Not an element: this is damage, not an end.
            return length
        position += size
    return position


def _read(file: BinaryIO, position: int, count: int) -> bytes:
    """Return so many bytes; zeros after the end of the file."""
    file.seek(position)
    return file.read(count).ljust(count, b"\0")


def _flv_end(file: BinaryIO, length: int) -> int:
    def size_at(position: int) -> int | None:
        head = _read(file, position, 4)
        return 11 + int.from_bytes(head[1:4]) + 4 if head[0] & 0x1F in (8, 9, 18) else None

    return _walk(length, int.from_bytes(_read(file, 5, 4)) + 4, size_at)


def _mxf_end(file: BinaryIO, length: int) -> int:
    """Walk over keys, lengths and values (SMPTE ST 336)."""

    def size_at(position: int) -> int | None:
        head = _read(file, position, 25)
        if position + 17 > length:
            return 17
        if not head.startswith(b"\x06\x0e\x2b\x34"):
            return None
        if head[16] < 0x80:
            return 17 + head[16]
        count = head[16] & 0x7F
        return 17 + count + int.from_bytes(head[17 : 17 + count])

    return _walk(length, 0, size_at)


def _asf_end(file: BinaryIO, length: int) -> int:
    """Return the size that the file properties declare; a live recording declares 0 or nothing."""
    header = file.read(_LONGEST_ASF_HEADER)
    place = header.find(_FILE_PROPERTIES)
    return int.from_bytes(header[place + 40 : place + 48], "little") if place >= 0 else length


def _ogg_end(file: BinaryIO, length: int) -> int:
    def size_at(position: int) -> int | None:
        head = _read(file, position, 27 + 255)
        if not head.startswith(b"OggS"):
            return None if position + 4 <= length else 27
        return 27 + head[26] + sum(head[27 : 27 + head[26]])

    return _walk(length, 0, size_at)


def _dv_end(file: BinaryIO, length: int) -> int:
    size = _DV_FRAME_BYTES[bool(_read(file, 3, 1)[0] & 0x80)]
    return -(-length // size) * size


def _ivf_end(file: BinaryIO, length: int) -> int:
    start = int.from_bytes(_read(file, 6, 2), "little")
    return _walk(length, start, lambda position: 12 + int.from_bytes(_read(file, position, 4), "little"))


def _y4m_end(file: BinaryIO, length: int) -> int:
    header = file.readline(4096)
    fields = {field[:1]: field[1:].decode("latin-1") for field in header.split()[1:]}
    kind = re.fullmatch(
        r"(420|411|422|444|mono)(?:jpeg|mpeg2|paldv|alpha)?(?:p?(\d+))?", fields.get(b"C", "420")
    )
    if not (kind and fields.get(b"W", "").isdecimal() and fields.get(b"H", "").isdecimal()):
        return length
    width, height, bits = int(fields[b"W"]), int(fields[b"H"]), int(kind[2] or 8)
    samples = width * height * (2 if "alpha" in kind[0] else 1)
    if kind[1] != "mono":
        across, down = _CHROMA_SHARE[kind[1]]
        samples += 2 * -(-width // across) * -(-height // down)
    frame = len(b"FRAME\n") + samples * (1 if bits <= 8 else 2)
    return len(header) + -(-(length - len(header)) // frame) * frame


_ENDS: dict[str, Callable[[BinaryIO, int], int]] = {
    "flv": _flv_end,
    "mxf": _mxf_end,
    "asf": _asf_end,
    "ogg": _ogg_end,
    "dv": _dv_end,
    "ivf": _ivf_end,
    "yuv4mpegpipe": _y4m_end,
}

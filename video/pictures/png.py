"""The chunks of a PNG file: reading and writing (PNG specification, 5.3)."""

import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD_BYTES, _CHECKSUM_BYTES = 8, 4


class BadPicture(Exception):
    """A file that is not a picture, or a damaged one; the text says what is wrong with it."""


class Chunk(NamedTuple):
    """The position of a chunk.

    Attributes:
        kind: four letters.
        start: of its content, in bytes from the start of the file.
        length: of its content, in bytes.
    """

    kind: bytes
    start: int
    length: int


def find_chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Yield every chunk up to IEND; read no content.

    Raises:
        BadPicture: the data end before.
    """
    file.seek(0, io.SEEK_END)
    num_bytes = file.tell()
    position, kind = len(PNG_SIGNATURE), b""
    while kind != b"IEND":
        file.seek(position)
        head = file.read(_HEAD_BYTES)
        length, kind = int.from_bytes(head[:4]), head[4:]
        start = position + _HEAD_BYTES
        position = start + length + _CHECKSUM_BYTES
        if len(head) < _HEAD_BYTES or position > num_bytes:
            raise BadPicture(f"it is truncated: its data end at byte {num_bytes}")
        yield Chunk(kind, start, length)


def png_chunks(data: bytes | BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield (kind, content) of every chunk up to IEND, and verify the checksums.

    Decoders do not verify the checksums of the pixels, and accept a missing end.

    Raises:
        BadPicture: a checksum is wrong, or the data end before.
    """
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    for kind, start, length in find_chunks(file):
        file.seek(start)
        content, stored = file.read(length), file.read(_CHECKSUM_BYTES)
        if zlib.crc32(content, zlib.crc32(kind)) != int.from_bytes(stored):
            raise BadPicture(f"the checksum of its data at byte {start - _HEAD_BYTES} is wrong")
        yield kind, content


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk as it is stored."""
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return len(content).to_bytes(4) + kind + content + checksum.to_bytes(4)

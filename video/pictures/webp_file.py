"""The structure of an animated WebP, read and written (RFC 9649, chapter 2)."""

import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

from video.pictures.animation_parts import CLEAR, KEEP, DamagedFile, Layer, read_exactly
from video.pictures.png import BadPicture

TICK = Fraction(1, 1000)
MAX_SIDE = 16383
MAX_DELAY_TICKS = 2**24 - 1
_HAS_ANIMATION, _HAS_ALPHA = 0x02, 0x10
_CLEARS, _REPLACES = 0x01, 0x02
_FRAME_BYTES = 16
_MAX_FILE_BYTES = 2**32 - 2
_PICTURES = (b"ALPH", b"VP8 ", b"VP8L")


class WebpReader:
    """The frames of an animated WebP; see `video.pictures.animation_parts.AnimationReader`."""

    format, depth, lacks_end = "WebP", 8, False

    def __init__(self, file: BinaryIO):
        self._file = file
        self.plays, self.is_animated, self.width, self.height = 1, False, 0, 0
        self._num_bytes = file.seek(0, 2)
        file.seek(4)
        self._end = int.from_bytes(read_exactly(file, 4, 0), "little") + 8
        for kind, offset, length in self._chunks(0):
            if kind == b"VP8X" and length >= 10:
                flags, *sides = struct.unpack("<B3x3s3s", self._piece(offset, 10))
                self.is_animated = bool(flags & _HAS_ANIMATION)
                self.width, self.height = (int.from_bytes(side, "little") + 1 for side in sides)
            elif kind == b"ANIM" and length >= 6:
                self.plays = int.from_bytes(self._piece(offset + 4, 2), "little")
            elif kind == b"ANMF" or kind in _PICTURES:
                break

    def layers(self) -> Iterator[Layer]:
        """Yields every stored frame from the first; raises DamagedFile."""
        index = 0
        for kind, offset, length in self._chunks(index):
            if kind == b"ANMF":
                yield self._layer(offset, length, index)
                index += 1

    def still(self, layer: Layer) -> bytes:
        """Returns a layer as a WebP of its own; raises BadPicture when its data are missing."""
        ((offset, length),) = layer.pieces
        pictures = b"".join(_pictures(self._piece(offset, length)))
        if not pictures:
            raise BadPicture("the frame has no data")
        flags = _HAS_ALPHA if layer.has_alpha else 0
        return _riff(_extended(flags, layer.width, layer.height) + pictures)

    def _chunks(self, index: int) -> Iterator[tuple[bytes, int, int]]:
        """Yields (kind, offset of the content, its number of bytes)."""
        position = 12
        while position < self._end:
            self._file.seek(position)
            kind, length = struct.unpack("<4sI", read_exactly(self._file, 8, index))
            position += 8
            if position + length > self._num_bytes:
                raise DamagedFile(index, f"its data end at byte {self._num_bytes}, not at {self._end}")
            yield kind, position, length
            index += kind == b"ANMF"
            position += length + length % 2

    def _piece(self, offset: int, count: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(count)

    def _layer(self, offset: int, length: int, index: int) -> Layer:
        if length < _FRAME_BYTES + 8:
            raise DamagedFile(index, "the frame has no data")
        head = self._piece(offset, _FRAME_BYTES + 13)
        left, top, width, height, ticks = (
            int.from_bytes(head[at : at + 3], "little") for at in range(0, 15, 3)
        )
        left, top, width, height = 2 * left, 2 * top, width + 1, height + 1
        if left + width > self.width or top + height > self.height:
            raise DamagedFile(index, "the frame lies outside of the picture")
        return Layer(
            *(left, top, width, height),
            delay=ticks * TICK,
            disposal=CLEAR if head[15] & _CLEARS else KEEP,
            blends=not head[15] & _REPLACES,
            has_alpha=_says_alpha(head[_FRAME_BYTES:]),
            pieces=((offset + _FRAME_BYTES, length - _FRAME_BYTES),),
        )


def _says_alpha(data: bytes) -> bool:
    """Returns whether the first chunk of a frame is of a picture with alpha."""
    if data.startswith(b"VP8L"):
        # Behind the chunk's head and one byte of signature: 14 bits each of width and height, then the flag.
        return bool(int.from_bytes(data[9:13], "little") >> 28 & 1)
    return not data.startswith(b"VP8 ")


def _pictures(data: bytes) -> Iterator[bytes]:
    """Yields the chunks of a frame or a still that hold pixels; raises BadPicture when one is not whole."""
    position = 0
    while position + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, position)
        end = position + 8 + length
        if end > len(data):
            raise BadPicture(f"its data should have {end - len(data)} bytes more")
        if kind in _PICTURES:
            yield data[position:end] + b"\0" * (length % 2)
        position = end + length % 2


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _riff(content: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(content) + 4) + b"WEBP" + content


def _three_bytes(*values: int) -> bytes:
    return b"".join(value.to_bytes(3, "little") for value in values)


def _extended(flags: int, width: int, height: int) -> bytes:
    return _chunk(b"VP8X", struct.pack("<Bxxx", flags) + _three_bytes(width - 1, height - 1))


class WebpWriter:
    """Writes an animated WebP frame by frame.

    Args:
        file: opened for writing, seekable: its length stands in front.
        size: (width, height) of the canvas, at most 16383 each.
        has_alpha: whether any frame can be transparent.
        plays: how often it is shown, 0 for ever.
    """

    def __init__(self, file: BinaryIO, size: tuple[int, int], has_alpha: bool, plays: int):
        self._file = file
        flags = _HAS_ANIMATION | (_HAS_ALPHA if has_alpha else 0)
        file.write(_riff(_extended(flags, *size) + _chunk(b"ANIM", struct.pack("<IH", 0, min(plays, 65535)))))

    def add(
        self, place: tuple[int, int], size: tuple[int, int], still: bytes, ticks: int, *, blends: bool
    ) -> None:
        """Writes one frame.

        Args:
            place: (left, top) on the canvas; even numbers.
            size: (width, height).
            still: a WebP file of that size.
            ticks: milliseconds it is shown for.
            blends: whether what lies under it shows through, instead of being replaced.

        Raises:
            OSError: the file would be longer than 4 GiB.
        """
        (left, top), (width, height) = place, size
        numbers = _three_bytes(left // 2, top // 2, width - 1, height - 1, ticks)
        head = numbers + bytes([0 if blends else _REPLACES])
        frame = _chunk(b"ANMF", head + b"".join(_pictures(still[12:])))
        if self._file.tell() + len(frame) > _MAX_FILE_BYTES:
            raise OSError(27, "a WebP holds 4 GiB at most")
        self._file.write(frame)

    def finish(self) -> None:
        """Writes the length of the file in front."""
        length = self._file.tell() - 8
        self._file.seek(4)
        self._file.write(struct.pack("<I", length))

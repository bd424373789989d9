"""The structure of an animated PNG, read and written (PNG specification, third edition, chapter 11.3.6)."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO

from video.pictures.animation_parts import CLEAR, KEEP, RESTORE, DamagedFile, Layer, read_exactly
from video.pictures.png import PNG_SIGNATURE, BadPicture, png_chunks

MAX_SIDE = 2**31 - 1
_DISPOSALS = (KEEP, CLEAR, RESTORE)
_ALPHA_COLOUR_TYPES = (4, 6)
_RGB, _RGBA = 2, 6
_CONTROL_BYTES = 26
_MAX_DELAY_PART = 65535
MAX_DELAY = Fraction(_MAX_DELAY_PART)


@dataclass
class _Frame:
    """A frame's control chunk, and where its data lie so far."""

    fields: tuple[int, ...]
    pieces: list[tuple[int, int]] = field(default_factory=list)


class ApngReader:
    """The frames of an animated PNG; see `video.pictures.animation_parts.AnimationReader`."""

    format = "APNG"

    def __init__(self, file: BinaryIO):
        self._file = file
        self.plays, self.lacks_end, self.is_animated, self._num_frames = 1, False, False, 0
        self._shared, self._header, self._has_alpha = b"", b"", False
        for kind, offset, length in self._chunks(0):
            if kind == b"IDAT":
                break
            if kind == b"IHDR":
                self._header = self._content(offset, length)
            elif kind == b"acTL" and length == 8:
                self._num_frames, self.plays = struct.unpack(">II", self._content(offset, length))
                self.is_animated = True
            elif kind in (b"PLTE", b"tRNS"):
                self._shared += chunk(kind, self._content(offset, length))
                self._has_alpha |= kind == b"tRNS"
        if len(self._header) != 13:
            raise DamagedFile(0, "it has no header of a PNG")
        self.width, self.height, bits, colour_type = struct.unpack_from(">IIBB", self._header)
        self.depth = max(8, bits)
        self._has_alpha |= colour_type in _ALPHA_COLOUR_TYPES

    def layers(self) -> Iterator[Layer]:
        """Yields every stored frame from the first; raises DamagedFile."""
        frame, index, sequence = None, 0, 0
        for kind, offset, length in self._chunks(index):
            if kind in (b"fcTL", b"fdAT"):
                if self._content(offset, 4) != sequence.to_bytes(4):
                    raise DamagedFile(index, f"its parts are out of order at byte {offset}")
                sequence += 1
            if kind in (b"fcTL", b"IEND") and frame:
                yield self._layer(frame, index)
                index += 1
                if index == self._num_frames:
                    return
            if kind == b"fcTL" and length != _CONTROL_BYTES:
                raise DamagedFile(index, f"the part at byte {offset} has {length} bytes")
            if kind == b"fcTL":
                # Read anew: whoever took the frame before has moved the file's position.
                frame = _Frame(struct.unpack(">5I2H2B", self._content(offset, length)))
            elif kind in (b"IDAT", b"fdAT") and frame:
                frame.pieces.append((offset, length))
        if index < self._num_frames:
            raise DamagedFile(index, f"it declares {self._num_frames} frames")

    def still(self, layer: Layer) -> bytes:
        """Returns a layer as a PNG of its own; raises BadPicture at a checksum that is wrong."""
        size = struct.pack(">II", layer.width, layer.height)
        data = [self._checked(*piece) for piece in layer.pieces]
        header = chunk(b"IHDR", size + self._header[8:])
        return b"".join([PNG_SIGNATURE, header, self._shared, *data, chunk(b"IEND")])

    def _chunks(self, index: int) -> Iterator[tuple[bytes, int, int]]:
        """Yields (kind, offset of the chunk, number of bytes of its content), up to the end chunk."""
        position, kind = len(PNG_SIGNATURE), b""
        size = self._file.seek(0, 2)
        while kind != b"IEND":
            self._file.seek(position)
            length, kind = struct.unpack(">I4s", read_exactly(self._file, 8, index))
            index += kind == b"fcTL"
            if position + length + 12 > size:
                raise DamagedFile(max(0, index - 1), f"its data end at byte {size}")
            yield kind, position, length
            position += length + 12

    def _content(self, offset: int, length: int) -> bytes:
        self._file.seek(offset + 8)
        return self._file.read(length)

    def _layer(self, frame: _Frame, index: int) -> Layer:
        _, width, height, left, top, numerator, denominator, disposal, blend = frame.fields
        is_inside = width and height and left + width <= self.width and top + height <= self.height
        if not is_inside or disposal >= len(_DISPOSALS) or not frame.pieces:
            raise DamagedFile(index, "the frame lies outside of the picture or has no data")
        # There is nothing before the first frame that could come back.
        clears = index == 0 and _DISPOSALS[disposal] == RESTORE
        return Layer(
            *(left, top, width, height),
            delay=Fraction(numerator, denominator or 100),
            disposal=CLEAR if clears else _DISPOSALS[disposal],
            blends=blend == 1,
            has_alpha=self._has_alpha,
            pieces=tuple(frame.pieces),
        )

    def _checked(self, offset: int, length: int) -> bytes:
        """Returns a chunk of pixels as an IDAT chunk."""
        self._file.seek(offset + 4)
        kind, content = self._file.read(4), self._file.read(length)
        if zlib.crc32(kind + content) != int.from_bytes(self._file.read(4)):
            raise BadPicture(f"the checksum of its data at byte {offset} is wrong")
        return chunk(b"IDAT", content if kind == b"IDAT" else content[4:])


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    """Returns a PNG chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def storable_delay(delay: Fraction) -> Fraction:
    """Returns the delay that comes nearest among those a frame can have: two numbers up to 65535."""
    if delay > 0 and max(delay.numerator, delay.denominator) <= _MAX_DELAY_PART:
        return delay
    denominator = next((d for d in (1000, 100, 10) if delay * d <= _MAX_DELAY_PART), 1)
    return Fraction(max(1, round(delay * denominator)), denominator)


class ApngWriter:
    """Writes an animated PNG frame by frame.

    Args:
        file: opened for writing, seekable: the number of frames stands in front.
        size: (width, height) of the canvas.
        depth: bits a sample, 8 or 16.
        has_alpha: RGBA instead of RGB.
        plays: how often it is shown, 0 for ever.
    """

    def __init__(self, file: BinaryIO, size: tuple[int, int], depth: int, has_alpha: bool, plays: int):
        self._file, self._plays, self._num_frames, self._sequence = file, plays, 0, 0
        kind = _RGBA if has_alpha else _RGB
        file.write(PNG_SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, 0)))
        self._control_offset = file.tell()
        self._write_control()

    def add(self, place: tuple[int, int], size: tuple[int, int], still: bytes, delay: Fraction) -> None:
        """Writes one frame, which replaces what lies under it.

        Args:
            place: (left, top) on the canvas.
            size: (width, height).
            still: a PNG of the canvas's depth and kind.
            delay: what `storable_delay` returned.
        """
        parts = (delay.numerator, delay.denominator)
        self._add_numbered(b"fcTL", struct.pack(">4I2H2B", *size, *place, *parts, 0, 0))
        data = b"".join(content for kind, content in png_chunks(still) if kind == b"IDAT")
        if self._num_frames:
            self._add_numbered(b"fdAT", data)
        else:
            self._file.write(chunk(b"IDAT", data))
        self._num_frames += 1

    def finish(self) -> None:
        """Writes the end, and the number of frames in front."""
        self._file.write(chunk(b"IEND"))
        self._file.seek(self._control_offset)
        self._write_control()

    def _write_control(self) -> None:
        self._file.write(chunk(b"acTL", struct.pack(">II", self._num_frames, self._plays)))

    def _add_numbered(self, kind: bytes, content: bytes) -> None:
        self._file.write(chunk(kind, struct.pack(">I", self._sequence) + content))
        self._sequence += 1

"""The structure of a GIF, read and written (GIF89a specification); pixels are somebody else's."""

import io
import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

import imageio.v3 as imageio
import numpy as np

from video.pictures.animation_parts import CLEAR, KEEP, RESTORE, DamagedFile, Layer, read_exactly

TICK = Fraction(1, 100)
MAX_SIDE = 65535
MAX_DELAY_TICKS = 65535
_DISPOSALS = {2: CLEAR, 3: RESTORE, 4: RESTORE}
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_DESCRIPTOR_BYTES = 10


class GifReader:
    """The frames of a GIF; see `video.pictures.animation_parts.AnimationReader`."""

    format, depth, is_animated = "GIF", 8, True

    def __init__(self, file: BinaryIO):
        self._file = file
        self.plays, self.lacks_end = 1, False
        file.seek(0)
        self._header = read_exactly(file, 13, 0)
        self._header += read_exactly(file, _palette_bytes(self._header[10]), 0)
        self.width, self.height = struct.unpack_from("<HH", self._header, 6)
        first = next(self.layers(), None)
        if first:
            # Browsers give such a file the size of its first frame.
            self.width = max(self.width, first.left + first.width)
            self.height = max(self.height, first.top + first.height)

    def layers(self) -> Iterator[Layer]:
        """Yields every stored frame from the first; raises DamagedFile."""
        position, index, control = len(self._header), 0, None
        while True:
            self._file.seek(position)
            kind = self._file.read(1)
            if kind in (b"", b";"):
                self.lacks_end = not kind
                return
            if kind == b"!":
                found = self._extension(index)
                control = (position, found) if found else control
            elif kind == b",":
                yield self._layer(position, control, index)
                index, control = index + 1, None
                position += self._layer_bytes
                continue
            # Some writers leave an empty block behind a picture.
            elif kind != b"\0":
                raise DamagedFile(index, f"byte {position} starts no part of a GIF")
            position = self._file.tell()

    def still(self, layer: Layer) -> bytes:
        """Returns a layer as a GIF of its own."""
        *control, picture = (self._piece(*piece) for piece in layer.pieces)
        size = struct.pack("<HH", layer.width, layer.height)
        header = self._header[:6] + size + self._header[10:]
        return header + b"".join(control) + picture[:1] + bytes(4) + picture[5:] + b";"

    def _piece(self, offset: int, count: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(count)

    def _extension(self, index: int) -> tuple[int, int] | None:
        """Reads an extension; returns the flags and ticks of a frame's, notes the loop."""
        label = read_exactly(self._file, 1, index)
        blocks = self._blocks(index)
        first = next(blocks, b"")
        second = next(blocks, b"")
        for _ in blocks:
            pass
        if label == b"\xff" and first in _LOOPS and len(second) == 3 and second[0] == 1:
            repeats = int.from_bytes(second[1:], "little")
            self.plays = repeats + 1 if repeats else 0
        if label == b"\xf9" and len(first) == 4:
            return first[0], int.from_bytes(first[1:3], "little")
        return None

    def _blocks(self, index: int) -> Iterator[bytes]:
        while size := read_exactly(self._file, 1, index)[0]:
            yield read_exactly(self._file, size, index)

    def _layer(self, position: int, control: tuple | None, index: int) -> Layer:
        left, top, width, height, packed = struct.unpack("<4HB", read_exactly(self._file, 9, index))
        read_exactly(self._file, _palette_bytes(packed) + 1, index)
        for _ in self._blocks(index):
            pass
        self._layer_bytes = self._file.tell() - position
        start, (flags, ticks) = control or (position, (0, 0))
        pieces = ((start, 8),) if control else ()
        return Layer(
            *(left, top, width, height),
            delay=ticks * TICK,
            disposal=_DISPOSALS.get(flags >> 2 & 7, KEEP),
            blends=True,
            has_alpha=bool(flags & 1),
            pieces=(*pieces, (position, self._layer_bytes)),
        )


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


class GifWriter:
    """Writes a GIF frame by frame.

    Args:
        file: opened for writing.
        size: (width, height) of the canvas, at most 65535 each.
        has_alpha: whether any frame is transparent somewhere. Every frame then says which colour is
            transparent, used or not: some readers take what they meet first for all.
        plays: how often it is shown, 0 for ever.
    """

    def __init__(self, file: BinaryIO, size: tuple[int, int], has_alpha: bool, plays: int):
        self._file, self._has_alpha = file, has_alpha
        file.write(b"GIF89a" + struct.pack("<HHBBB", *size, 0x70, 0, 0))
        if plays != 1:
            repeats = max(0, min(plays - 1, 65535))
            file.write(b"!\xff\x0bNETSCAPE2.0" + struct.pack("<BBHB", 3, 1, repeats, 0))

    def add(
        self, place: tuple[int, int], indices: np.ndarray, colours: np.ndarray, ticks: int, disposal: str
    ) -> None:
        """Writes one frame.

        Args:
            place: (left, top) on the canvas.
            indices: uint8 (height, width), into the colours; one more than the last is transparent.
            colours: uint8 (at most 256, 3), at most 255 where anything is or may be transparent.
            ticks: hundredths of a second it is shown for.
            disposal: KEEP or CLEAR.
        """
        has_holes = self._has_alpha or bool((indices == len(colours)).any())
        flags = (8 if disposal == CLEAR else 4) | has_holes
        transparent = len(colours) if has_holes else 0
        self._file.write(b"!\xf9\x04" + struct.pack("<BHBB", flags, ticks, transparent, 0))
        bits = max(1, (len(colours) + has_holes - 1).bit_length())
        height, width = indices.shape
        self._file.write(b"," + struct.pack("<4HB", *place, width, height, 0x80 | bits - 1))
        self._file.write(colours.tobytes().ljust(3 << bits, b"\0") + _compressed(indices))

    def finish(self) -> None:
        """Writes the end."""
        self._file.write(b";")


def _compressed(indices: np.ndarray) -> bytes:
    """Returns the LZW blocks of a picture, cut out of a grey GIF that Pillow writes."""
    data = imageio.imwrite("<bytes>", indices, extension=".gif", plugin="pillow", optimize=False, interlace=0)
    reader = GifReader(io.BytesIO(data))
    offset, count = next(reader.layers()).pieces[-1]
    palette = _palette_bytes(data[offset + _DESCRIPTOR_BYTES - 1])
    return data[offset + _DESCRIPTOR_BYTES + palette : offset + count]

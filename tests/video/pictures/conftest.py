"""Animated pictures and folders of pictures, made with Pillow: nothing here uses the writers under test."""

import struct
import zlib
from fractions import Fraction

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.GifImagePlugin import getdata

from video.core.colour_codes import Colour
from video.core.frames import Clip, Frame, Picture
from video.core.options import Options
from video.pictures.animation_writing import Animation, write_animation
from video.probe import inspect_source, open_frames


@pytest.fixture
def drawings():
    """A function that yields small pictures with a bar that moves, in few enough colours for a GIF."""

    def draw(count, width=32, height=24):
        for index in range(count):
            picture = np.full((height, width, 3), (10, 60, 120), np.uint8)
            left = 3 * index % 24
            picture[4:12, left : left + 6] = (200 + index, 180, 20)
            yield picture

    return draw


@pytest.fixture
def flat(drawings):
    """The same in the size of the clips of other tests."""
    return lambda count: drawings(count, 96, 64)


@pytest.fixture
def shades():
    """A function that tells which of the drawings each frame shows."""
    return lambda frames: [int(frame.picture.pixels[..., 0].max()) - 200 for frame in frames]


@pytest.fixture
def save(tmp_path):
    """A function that writes pictures as an animation with Pillow."""

    def write(kind, pictures, **options):
        path = tmp_path / f"in.{kind}"
        first, *rest = [Image.fromarray(np.asarray(picture)) for picture in pictures]
        exact = {"lossless": True, "exact": True, "minimize_size": False} if kind == "webp" else {}
        first.save(path, save_all=True, append_images=rest, **{"duration": 100, **exact, **options})
        return path

    return write


@pytest.fixture
def build(tmp_path):
    """A function that builds a GIF out of ((left, top), (width, height), colour, disposal) and more."""

    def write(size, layers, *, transparent=None, end=b";"):
        data = b"GIF89a" + struct.pack("<HHBBB", *size, 0x70, 0, 0)
        for place, extent, colour, disposal in layers:
            picture = Image.new("P", extent, 0)
            picture.putpalette([*colour, 1, 2, 3])
            options = {"duration": 50, "disposal": disposal, "include_color_table": True}
            if colour == transparent:
                options["transparency"] = 0
            data += b"".join(getdata(picture, place, **options))
        path = tmp_path / "built.gif"
        path.write_bytes(data + end)
        return path

    return write


@pytest.fixture
def with_chunk_changed():
    """A function that changes the content of the nth chunk of a kind in a PNG, with a right checksum."""

    def change(path, kind, number, new):
        data, position = bytearray(path.read_bytes()), 8
        while True:
            length, found = struct.unpack_from(">I4s", data, position)
            if found == kind and number == 0:
                content = new(bytes(data[position + 8 : position + 8 + length]))
                checksum = struct.pack(">I", zlib.crc32(kind + content))
                data[position + 8 : position + 12 + length] = content + checksum
                path.write_bytes(data)
                return
            number -= found == kind
            position += length + 12

    return change


@pytest.fixture
def folder(tmp_path, drawings):
    """A function that writes pictures into a folder; returns the folder."""

    def fill(*names, pictures=None, **options):
        target = tmp_path / "frames"
        target.mkdir(exist_ok=True)
        for name, picture in zip(names, drawings(len(names)) if pictures is None else pictures):
            lossless = {"lossless": True, "exact": True} if name.endswith("webp") else {}
            Image.fromarray(picture).save(target / name, **{**lossless, **options})
        return target

    return fill


@pytest.fixture
def read():
    """A function that reads an animation or a folder of pictures: (its source, its frames)."""

    def frames(path, **options):
        options = Options(**options)
        with open_frames(inspect_source(path, options), options) as source:
            return source, list(source.frames(lambda index: True))

    return frames


@pytest.fixture
def clip():
    """A function that describes a clip."""

    def describe(width=96, height=64, **changes):
        fields = {"time_base": Fraction(1, 1000), "rate": Fraction(25), "sample_aspect_ratio": None}
        return Clip(width, height, **{**fields, "colour": Colour(1, 1, 1, 1), "is_rgb": True, **changes})

    return describe


@pytest.fixture
def frames_of():
    """A function that makes frames of pictures and of times in milliseconds, the last of which is the end."""

    def make(pictures, times=None):
        pictures = [picture if isinstance(picture, Picture) else Picture(picture) for picture in pictures]
        times = times or [40 * index for index in range(len(pictures) + 1)]
        return [
            Frame(index, picture, start, end - start)
            for index, (picture, start, end) in enumerate(zip(pictures, times, times[1:]))
        ]

    return make


@pytest.fixture
def write(tmp_path, clip, frames_of):
    """A function that writes pictures as an animation with the code under test; returns its path."""

    def to_file(format, pictures, times=None, about=None, *, quality="high", loop=0):
        path, frames = tmp_path / f"out.{format}", frames_of(pictures, times)
        times = times or [*(frame.pts for frame in frames), frames[-1].pts + frames[-1].duration]
        how = Animation(format, quality, loop)
        write_animation(path, (frame.picture for frame in frames), times, about or clip(), how)
        return path

    return to_file


@pytest.fixture
def seen():
    """A function that returns what another library reads: RGBA pictures, delays in milliseconds.

    Pillow for what FFmpeg compressed, OpenCV for what Pillow did.
    """

    def by_opencv(path):
        animation = cv2.imreadanimation(str(path))[1]
        order = {3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}
        pictures = [cv2.cvtColor(frame, order[frame.shape[2]]) for frame in animation.frames]
        return pictures, list(animation.durations)

    def look(path):
        if path.suffix == ".webp":
            return by_opencv(path)
        pictures, delays = [], []
        with Image.open(path) as animation:
            for index in range(animation.n_frames):
                animation.seek(index)
                pictures.append(np.asarray(animation.convert("RGBA")))
                delays.append(animation.info["duration"])
        return pictures, delays

    return look


@pytest.fixture
def see_through(flat):
    """Five pictures with a hole that moves: pixels become transparent and opaque again."""
    pictures = []
    for index, picture in enumerate(flat(5)):
        alpha = np.full(picture.shape[:2], 255, np.uint8)
        alpha[30:50, 10 * index : 10 * index + 25] = 0
        pictures.append(Picture(picture, alpha))
    return pictures

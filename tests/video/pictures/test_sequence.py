import weakref
from fractions import Fraction

import cv2
import numpy as np
import pytest
from PIL import Image

from video.core.options import Options
from video.pictures.sequence import SequenceSource
from video.pictures.sequence_survey import probe_sequence


@pytest.mark.parametrize("suffix", ["png", "webp", "bmp", "tif", "tiff"])
def test_pictures_are_read_exactly_and_in_order(folder, suffix, drawings, read):
    pictures = list(drawings(3))
    source, frames = read(folder(*(f"{number}.{suffix}" for number in range(3)), pictures=pictures), fps=10)
    assert (source.clip.width, source.clip.height, source.clip.has_alpha) == (32, 24, False)
    assert (source.clip.is_rgb, source.clip.colour.matrix) == (True, 1)
    assert [frame.index for frame in frames] == [0, 1, 2]
    for frame, picture in zip(frames, pictures, strict=True):
        np.testing.assert_array_equal(frame.picture.pixels, picture)


def test_a_jpeg_is_read(folder, drawings, read):
    _, frames = read(folder("a.jpg", "b.JPEG", quality=100, subsampling=0), fps=10)
    assert abs(frames[1].picture.pixels.astype(int) - list(drawings(2))[1]).max() <= 8


def test_25_frames_per_second_are_assumed_with_a_warning_without_any_times(folder, read):
    source, frames = read(folder("1.png", "2.png"))
    assert (source.clip.rate, source.clip.time_base) == (25, Fraction(1, 25))
    assert [(frame.pts, frame.duration) for frame in frames] == [(0, 1), (1, 1)]
    warnings = probe_sequence(folder(), Options()).warnings
    assert warnings == ("Pictures have no times: 25 per second were assumed (--fps).",)


def test_a_rate_that_is_given_is_taken_exactly(folder):
    path = folder("1.png", "2.png", "3.png")
    found = probe_sequence(path, Options(fps=29.97))
    assert found.warnings == ()
    assert found.clip.rate == Fraction(30000, 1001)
    assert (found.frames_total, found.duration) == (3, Fraction(3003, 30000))


def test_a_part_is_read_and_begins_at_zero(folder, read, shades):
    source, frames = read(folder(*(f"{number}.png" for number in range(10))), fps=10, start=0.2, end=0.5)
    assert shades(frames) == [2, 3, 4]
    assert [frame.pts for frame in frames] == [0, 1, 2]
    assert [frame.index for frame in frames] == [0, 1, 2]


def test_pictures_that_are_not_wanted_are_counted_but_not_opened(folder, shades):
    path = folder(*(f"{number}.png" for number in range(4)))
    options = Options(fps=10)
    with SequenceSource(probe_sequence(path, options), options) as source:
        (path / "0.png").unlink()
        frames = list(source.frames(lambda index: index > 1))
    assert (source.frames_read, shades(frames)) == (4, [2, 3])


@pytest.mark.parametrize("suffix", ["png", "webp", "tif"])
def test_alpha_is_kept_and_transparent_pixels_are_white(folder, suffix, read):
    picture = np.full((24, 32, 4), (9, 99, 199, 255), np.uint8)
    picture[:4, :, 3], picture[4:8, :, 3] = 0, 64
    opaque = picture[..., :3]
    source, frames = read(folder(f"1.{suffix}", f"2.{suffix}", pictures=[picture, opaque]), fps=10)
    assert source.clip.has_alpha
    np.testing.assert_array_equal(frames[0].picture.alpha, picture[..., 3])
    np.testing.assert_array_equal(frames[1].picture.alpha, 255)
    np.testing.assert_array_equal(frames[0].picture.pixels[:4], 255)
    np.testing.assert_array_equal(frames[0].picture.pixels[4:], opaque[4:])


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "LA", "I;16"])
def test_every_kind_of_picture_becomes_rgb(tmp_path, mode, read):
    suffix = "tif" if mode == "CMYK" else "png"
    if mode == "I;16":
        Image.fromarray(np.full((8, 8), 51400, np.uint16)).save(tmp_path / f"1.{suffix}")
    else:
        Image.new("RGB", (8, 8), (255, 255, 255)).convert(mode).save(tmp_path / f"1.{suffix}")
    _, frames = read(tmp_path, fps=1)
    pixels = frames[0].picture.pixels
    assert (pixels.shape, pixels.dtype, pixels.flags.c_contiguous) == ((8, 8, 3), np.uint8, True)
    assert set(pixels.ravel().tolist()) == {200 if mode == "I;16" else 255}


@pytest.mark.parametrize("suffix, channels", [(".png", 1), (".png", 3), (".tiff", 3), (".png", 4)])
def test_sixteen_bits_are_kept_when_asked_for(tmp_path, suffix, channels, read):
    samples = np.random.default_rng(0).integers(0, 65536, (24, 32, channels), dtype=np.uint16)
    samples[..., 3:] |= 1
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    (tmp_path / f"1{suffix}").write_bytes(cv2.imencode(suffix, samples[..., order])[1].tobytes())
    source, frames = read(tmp_path, hdr="keep", fps=1)
    assert (source.clip.depth, source.clip.has_alpha) == (16, channels == 4)
    exact = frames[0].picture.pixels.astype(int) * 257 + frames[0].picture.residual
    visible = frames[0].picture.alpha > 0 if channels == 4 else np.ones((24, 32), bool)
    expected = np.broadcast_to(samples[..., :3], (24, 32, 3))
    np.testing.assert_array_equal(exact[visible], expected[visible])


def test_sixteen_bits_are_rounded_otherwise_with_a_warning(tmp_path, read):
    samples = np.random.default_rng(0).integers(0, 65536, (24, 32, 3), dtype=np.uint16)
    (tmp_path / "1.png").write_bytes(cv2.imencode(".png", samples[..., ::-1])[1].tobytes())
    source, frames = read(tmp_path, fps=1)
    assert probe_sequence(tmp_path, Options(fps=1)).warnings == (
        "The pictures have 16 bits per sample; the result has 8.",
    )
    assert (source.clip.depth, frames[0].picture.residual) == (8, None)
    assert abs(frames[0].picture.pixels * 257.0 - samples).max() <= 128


@pytest.mark.parametrize(
    "suffix, orientation, turned",
    [
        ("png", 2, lambda p: p[:, ::-1]),
        ("jpg", 3, lambda p: p[::-1, ::-1]),
        ("tif", 6, lambda p: np.rot90(p, -1)),
        ("webp", 8, lambda p: np.rot90(p)),
    ],
)
def test_a_picture_is_read_upright(folder, suffix, orientation, turned, read):
    down, across = np.mgrid[0:24, 0:32]
    picture = np.stack([down * 8, across * 6, 0 * down], axis=-1).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    source, frames = read(folder(f"1.{suffix}", pictures=[picture], exif=exif), fps=1)
    expected = turned(picture)
    assert (source.clip.height, source.clip.width) == expected.shape[:2]
    assert abs(frames[0].picture.pixels.astype(int) - expected).mean() < 3


@pytest.mark.parametrize("orientation", [2, 6, 7])
def test_a_tiff_of_sixteen_bits_is_turned_once(tmp_path, orientation, read):
    samples = np.random.default_rng(1).integers(0, 256, (24, 32), dtype=np.uint16) * 257
    options = {"tiffinfo": {0x0112: orientation}}
    Image.fromarray(samples).save(tmp_path / "1.tif", **options)
    Image.fromarray((samples // 257).astype(np.uint8)).save(tmp_path / "2.tif", **options)
    _, frames = read(tmp_path, fps=1)
    np.testing.assert_array_equal(frames[0].picture.pixels, frames[1].picture.pixels)


def test_no_more_than_a_few_pictures_are_in_memory(folder):
    path, given, most = folder(*(f"{number}.png" for number in range(12))), [], 0
    options = Options(fps=10, on_bad_frame="skip")
    with SequenceSource(probe_sequence(path, options), options) as source:
        for frame in source.frames(lambda index: True):
            given.append(weakref.ref(frame.picture))
            most = max(most, sum(picture() is not None for picture in given))
    assert len(given) == 12
    assert most <= 2

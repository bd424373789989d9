import os
import struct
import weakref
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from video.core.options import Options
from video.pictures.animation import AnimationSource, probe_animation

DELAYS = [100, 40, 300, 50, 700]
KINDS = ["gif", "png", "webp"]
RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_is_read_with_its_own_delay(save, kind, drawings, read):
    pictures = list(drawings(5))
    source, frames = read(save(kind, pictures, duration=DELAYS))
    assert source.clip.time_base == Fraction(1, 1000)
    assert [frame.duration for frame in frames] == DELAYS
    assert [frame.pts for frame in frames] == [0, 100, 140, 440, 490]
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    for frame, picture in zip(frames, pictures, strict=True):
        np.testing.assert_array_equal(frame.picture.pixels, picture)


@pytest.mark.parametrize("kind, name", [("gif", "GIF"), ("png", "APNG"), ("webp", "WebP")])
def test_an_animation_is_described_without_decoding_it(save, kind, name, drawings):
    found = probe_animation(save(kind, drawings(5), duration=DELAYS), Options())
    assert (found.kind, found.format, found.frames_total) == ("animation", name, 5)
    assert (found.start, found.duration, found.video_index) == (0, Fraction(119, 100), None)
    assert found.warnings == ()


@pytest.mark.parametrize(
    "disposal, after",
    [(0, RED), (1, RED), (2, None), (3, BLUE)],
    ids=["unspecified", "keep", "clear", "restore"],
)
def test_a_gif_is_composited_as_in_browsers(build, disposal, after, read):
    path = build(
        (8, 6),
        [((0, 0), (8, 6), BLUE, 1), ((2, 1), (3, 2), RED, disposal), ((7, 5), (1, 1), GREEN, 1)],
    )
    _, frames = read(path)
    assert tuple(frames[1].picture.pixels[2, 4]) == RED
    assert tuple(frames[1].picture.pixels[3, 4]) == BLUE
    last = frames[2].picture
    assert tuple(last.pixels[5, 7]) == GREEN
    assert tuple(last.pixels[0, 0]) == BLUE
    if after:
        assert tuple(last.pixels[1, 2]) == after
        assert last.alpha is None
    else:
        assert last.alpha[1, 2] == 0
        assert last.alpha[0, 0] == 255


def test_a_gif_without_a_size_has_that_of_its_first_frame(build, read):
    source, _ = read(build((0, 0), [((0, 0), (8, 6), BLUE, 1), ((0, 0), (8, 6), RED, 1)]))
    assert (source.clip.width, source.clip.height) == (8, 6)


@pytest.mark.parametrize("disposal", [0, 1])
def test_half_transparent_frames_of_an_apng_are_composited(save, disposal, read):
    pictures = np.zeros((2, 8, 8, 4), np.uint8)
    pictures[0], pictures[1] = (200, 0, 0, 128), (0, 0, 200, 128)
    _, frames = read(save("png", pictures, disposal=disposal, blend=1))
    # PNG specification, 13.16: half of blue, and half of what is left of the red under it.
    over = (67, 0, 133, 192) if disposal == 0 else (0, 0, 200, 128)
    found = (*frames[1].picture.pixels[4, 4], frames[1].picture.alpha[4, 4])
    np.testing.assert_allclose(found, over, atol=2)


def test_an_apng_of_two_colours_is_read(save, read):
    pictures = [Image.fromarray(np.eye(24, k=index) > 0) for index in range(3)]
    _, frames = read(save("png", pictures))
    assert set(np.unique(frames[2].picture.pixels)) == {0, 255}


def test_the_default_picture_of_an_apng_is_not_a_frame(save, drawings, read):
    pictures = list(drawings(4))
    _, frames = read(save("png", pictures, default_image=True))
    assert len(frames) == 3
    np.testing.assert_array_equal(frames[0].picture.pixels, pictures[1])


def test_transparency_for_compression_alone_is_not_alpha(build, read):
    path = build((8, 6), [((0, 0), (8, 6), BLUE, 1), ((0, 0), (8, 6), RED, 1)], transparent=RED)
    source, frames = read(path)
    assert not source.clip.has_alpha
    assert frames[1].picture.alpha is None
    assert tuple(frames[1].picture.pixels[0, 0]) == BLUE


@pytest.mark.parametrize("kind", KINDS)
def test_alpha_is_kept_and_transparent_pixels_are_white(save, kind, read):
    pictures = np.full((3, 24, 32, 4), (250, 0, 250, 255), np.uint8)
    pictures[:, 6:12, :10] = (0, 90, 0, 255)
    pictures[1, 20, 20] = (1, 2, 3, 255)
    pictures[2, :6] = (77, 88, 99, 0)
    source, frames = read(
        save(kind, pictures, duration=DELAYS[:3], disposal=2) if kind == "gif" else save(kind, pictures)
    )
    assert source.clip.has_alpha
    np.testing.assert_array_equal(frames[0].picture.alpha, 255)
    np.testing.assert_array_equal(frames[2].picture.alpha, pictures[2, ..., 3])
    np.testing.assert_array_equal(frames[2].picture.pixels[:6], 255)
    assert tuple(frames[2].picture.pixels[8, 0]) == (0, 90, 0)


def test_a_frame_without_a_delay_is_shown_as_long_as_in_browsers(save, drawings, read):
    path = save("gif", drawings(3), duration=[0, 10, 30])
    found = probe_animation(path, Options())
    _, frames = read(path)
    assert [frame.duration for frame in frames] == [100, 10, 30]
    assert found.warnings == ("Without a delay, and shown for 0.1 s as in browsers: 1 of 3 frames.",)


@pytest.mark.parametrize(
    "kind, options, plays",
    [
        ("gif", {}, 1),
        ("gif", {"loop": 0}, 0),
        ("gif", {"loop": 2}, 3),
        ("png", {"loop": 0}, 0),
        ("png", {"loop": 3}, 3),
        ("webp", {"loop": 0}, 0),
        ("webp", {"loop": 3}, 3),
    ],
)
def test_it_is_known_how_often_an_animation_plays(save, kind, options, plays, drawings, read):
    source, _ = read(save(kind, drawings(2), **options))
    assert source.loop == plays


def test_a_delay_of_an_apng_that_is_not_a_millisecond_is_exact(save, drawings, read, with_chunk_changed):
    path = save("png", drawings(3))
    for number in range(3):
        with_chunk_changed(path, b"fcTL", number, lambda c: c[:20] + struct.pack(">HH", 1001, 30000) + c[24:])
    source, frames = read(path)
    assert [frame.pts * source.clip.time_base for frame in frames] == [
        index * Fraction(1001, 30000) for index in range(3)
    ]
    assert source.clip.rate == Fraction(30000, 1001)


@pytest.fixture
def deep_apng(tmp_path):
    """An animated PNG of 16 bits a sample, and its samples."""
    samples = np.random.default_rng(3).integers(0, 65536, (2, 24, 32, 3), dtype=np.uint16)
    path = tmp_path / "deep.png"
    with av.open(str(path), "w", format="apng") as output:
        stream = output.add_stream("apng", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "rgb48be"
        for picture in samples:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb48be")
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path, samples


def test_sixteen_bits_are_kept_when_asked_for(deep_apng, read):
    path, samples = deep_apng
    source, frames = read(path, hdr="keep")
    assert source.clip.depth == 16
    for frame, expected in zip(frames, samples, strict=True):
        exact = frame.picture.pixels.astype(int) * 257 + frame.picture.residual
        np.testing.assert_array_equal(exact, expected)


def test_sixteen_bits_are_rounded_otherwise_with_a_warning(deep_apng, read):
    path, samples = deep_apng
    source, frames = read(path)
    assert source.clip.depth == 8
    assert source.warnings == ["The source has 16 bits per sample; the result has 8."]
    assert frames[0].picture.residual is None
    assert abs(frames[0].picture.pixels * 257.0 - samples[0]).max() <= 128


def test_frames_that_are_not_wanted_are_counted(save, drawings):
    path = save("gif", drawings(5))
    with AnimationSource(probe_animation(path, Options()), Options()) as source:
        frames = list(source.frames(lambda index: index in (1, 4)))
        assert source.frames_read == 5
    assert [(frame.index, frame.pts) for frame in frames] == [(1, 100), (4, 400)]
    np.testing.assert_array_equal(frames[1].picture.pixels, list(drawings(5))[4])


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_an_animation_begins_at_zero(save, kind, drawings, read):
    source, frames = read(save(kind, drawings(5), duration=DELAYS), start=0.1, end=0.46)
    assert [(frame.pts, frame.duration) for frame in frames] == [(0, 40), (40, 300), (340, 20)]
    np.testing.assert_array_equal(frames[0].picture.pixels, list(drawings(5))[1])


def test_a_constant_rate_repeats_and_leaves_out_frames(save, drawings, read):
    source, frames = read(save("gif", drawings(3), duration=[100, 40, 60]), fps=10)
    assert (source.clip.time_base, source.clip.rate) == (Fraction(1, 10), 10)
    assert [(frame.pts, frame.duration) for frame in frames] == [(0, 1), (1, 1)]
    source, frames = read(save("gif", drawings(2), duration=[100, 100]), fps=20)
    assert [frame.pts for frame in frames] == [0, 1, 2, 3]
    np.testing.assert_array_equal(frames[0].picture.pixels, frames[1].picture.pixels)


@pytest.mark.parametrize("kind", KINDS)
def test_no_more_than_a_few_frames_are_in_memory(save, kind, drawings):
    path, given, most = save(kind, drawings(8)), [], 0
    with AnimationSource(probe_animation(path, Options()), Options()) as source:
        for frame in source.frames(lambda index: True):
            given.append(weakref.ref(frame.picture))
            most = max(most, sum(picture() is not None for picture in given))
    assert len(given) == 8
    assert most <= 2


def test_leaving_early_closes_the_file(save, drawings):
    path = save("gif", drawings(4))
    with AnimationSource(probe_animation(path, Options()), Options()) as source:
        next(source.frames(lambda index: True))
    opened = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    assert str(path) not in [os.readlink(name) for name in opened if os.path.lexists(name)]

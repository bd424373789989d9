from fractions import Fraction

import av
import numpy as np
import pytest

from video.assembling.matroska_aspect import reserve_aspect_ratio, write_aspect_ratio
from video.colour.conversion import ToPicture
from video.core.colour_codes import FULL, LIMITED, Colour
from video.core.containers import CONTAINERS
from video.core.frames import Picture
from video.encoding.encoder import add_video_stream, describe_stream
from video.reading.decoding import decoder

PAIRS = [(suffix, codec) for suffix, container in CONTAINERS.items() for codec in container.codecs]


def write(path, suffix, about, pictures, encoder):
    """Encodes pictures 40 ms apart into a segment and remuxes it into a container, as a translation does.

    The last picture is repeated, because the DTS of x265 are undefined for fewer than three frames.
    """
    pictures = list(pictures)
    pictures += [pictures[-1]] * (5 - len(pictures))
    segment = path / "segment.mkv"
    with av.open(str(segment), "w", format="matroska") as output:
        stream, convert = add_video_stream(output, encoder, about), encoder.converter(about)
        for index, picture in enumerate(pictures):
            frame = convert(picture)
            frame.pts, frame.duration, frame.time_base = 40 * index, 40, about.time_base
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    target = path / f"out{suffix}"
    with av.open(str(segment)) as source, av.open(str(target), "w") as output:
        template = source.streams.video[0]
        stream = output.add_stream_from_template(template, opaque=encoder.needs_opaque_copy)
        describe_stream(stream, encoder, about)
        if output.format.name in ("matroska", "webm"):
            reserve_aspect_ratio(stream)
        for packet in source.demux(template):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    if suffix in (".mkv", ".webm"):
        write_aspect_ratio(target, *encoder.size(about), about.sample_aspect_ratio or Fraction(1))
    return target


@pytest.fixture
def encoded(chosen):
    """A function that encodes pictures into a file; see `write`."""
    return lambda path, suffix, about, pictures, **options: write(
        path, suffix, about, pictures, chosen(suffix, about, **options)
    )


def frames_of(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = decoder(stream)
        return [frame for packet in container.demux(stream) for frame in context.decode(packet)]


def pictures_of(path, hdr="tone-map"):
    frames = frames_of(path)
    convert = ToPicture(frames[0], hdr)
    return [convert(frame) for frame in frames]


def tags(frame):
    return frame.colorspace, frame.color_range, int(frame.color_primaries), int(frame.color_trc)


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("suffix, codec", PAIRS)
def test_tags_and_times_survive_every_codec_in_every_container(tmp_path, suffix, codec, clip, encoded):
    about = clip(colour=Colour(6, LIMITED, 6, 6), sample_aspect_ratio=Fraction(16, 11))
    pictures = [Picture(np.full((64, 96, 3), (200, 60, 40), np.uint8))]
    target = encoded(tmp_path, suffix, about, pictures, codec=codec)
    frames = frames_of(target)
    with av.open(str(target)) as container:
        aspect = container.streams.video[0].sample_aspect_ratio
    expected = (0, FULL, 6, 6) if codec == "ffv1" else (6, LIMITED, 6, 6)
    # VP9 has one code point for both variants of BT.601.
    assert tags(frames[0]) in (expected, (5, *expected[1:]))
    assert [round(float(frame.pts * frame.time_base), 3) for frame in frames] == [0, 0.04, 0.08, 0.12, 0.16]
    assert float(aspect.numerator / aspect.denominator) == pytest.approx(16 / 11, rel=0.01)
    assert abs(pictures_of(target)[0].pixels.astype(int) - (200, 60, 40)).max() <= 8


@pytest.mark.parametrize(
    "codec, matrix, color_range",
    [
        ("h264", 1, LIMITED),
        ("h264", 6, FULL),
        ("h265", 1, FULL),
        ("h265", 6, LIMITED),
        ("av1", 1, LIMITED),
        ("av1", 6, FULL),
        ("vp9", 1, FULL),
        ("vp9", 6, LIMITED),
    ],
)
def test_eight_colour_bars_are_stored_as_tagged(
    tmp_path, colour_bars, codec, matrix, color_range, clip, encoded
):
    about = clip(colour=Colour(matrix, color_range, matrix, matrix))
    bars = colour_bars()
    target = encoded(tmp_path, ".mkv", about, [Picture(bars)], codec=codec, crf=1)
    first = frames_of(target)[0]
    assert first.colorspace in ((1,) if matrix == 1 else (5, 6)) and first.color_range == color_range
    shown = pictures_of(target)[0].pixels.astype(int)
    middles = [6 + 12 * index for index in range(8)]
    assert abs(shown[:, middles] - bars[:, middles]).max() <= 3


@pytest.mark.parametrize(
    "suffix, options, size",
    [
        (".mkv", {"codec": "ffv1"}, (95, 63)),
        (".mp4", {"quality": "lossless"}, (95, 63)),
        (".mp4", {"quality": "lossless", "codec": "h265"}, (95, 63)),
        (".webm", {"quality": "lossless"}, (96, 64)),
    ],
)
def test_lossless_is_bit_exact(tmp_path, suffix, options, size, clip, encoded):
    pixels = noise(5, size[1], size[0], 3)
    target = encoded(tmp_path, suffix, clip(*size), [Picture(one) for one in pixels], **options)
    assert all(
        np.array_equal(picture.pixels, one) for picture, one in zip(pictures_of(target), pixels, strict=True)
    )


def test_ten_bits_and_alpha_are_bit_exact_in_ffv1(tmp_path, clip, encoded):
    residual = np.random.default_rng(1).integers(-128, 129, (64, 96, 3)).astype(np.int16)
    pixels = noise(64, 96, 3)
    residual[(pixels == 0) & (residual < 0)] = 0
    residual[(pixels == 255) & (residual > 0)] = 0
    picture = Picture(pixels, noise(64, 96), residual)
    about = clip(depth=10, has_alpha=True)
    shown = pictures_of(encoded(tmp_path, ".mkv", about, [picture], codec="ffv1"), "keep")[0]
    stored = shown.pixels.astype(int) * 257 + shown.residual
    assert np.array_equal(stored, pixels.astype(int) * 257 + residual)
    assert np.array_equal(shown.alpha, picture.alpha)


@pytest.mark.parametrize(
    "suffix, codec, tolerance", [(".webm", "vp9", 3), (".mov", "prores", 2), (".mkv", "ffv1", 0)]
)
def test_alpha_survives_encoding(tmp_path, suffix, codec, tolerance, clip, encoded):
    alpha = np.full((64, 96), 255, np.uint8)
    alpha[:, 48:] = 64
    pixels = np.full((64, 96, 3), (180, 90, 40), np.uint8)
    target = encoded(tmp_path, suffix, clip(has_alpha=True), [Picture(pixels, alpha)], codec=codec)
    for picture in pictures_of(target):
        assert abs(picture.alpha[:, :40].astype(int) - 255).max() <= tolerance
        assert abs(picture.alpha[:, 56:].astype(int) - 64).max() <= tolerance


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_odd_sides_grow_by_one_pixel_that_repeats_the_last(tmp_path, draw, codec, clip, chosen, encoded):
    pixels = [np.ascontiguousarray(one[:63, :95]) for one in draw(3)]
    about = clip(95, 63)
    assert chosen(".mkv", about, codec=codec).size(about) == (96, 64)
    shown = pictures_of(encoded(tmp_path, ".mkv", about, [Picture(one) for one in pixels], codec=codec))
    assert shown[0].pixels.shape == (64, 96, 3)
    assert abs(shown[0].pixels[:63, :95].astype(int) - pixels[0]).mean() < 4
    assert abs(shown[0].pixels[63, :95].astype(int) - pixels[0][62]).mean() < 6


@pytest.mark.parametrize("codec", ["av1", "vp9", "ffv1", "prores"])
def test_odd_sides_stay_where_the_encoder_takes_them(tmp_path, draw, codec, clip, encoded):
    pixels = [Picture(np.ascontiguousarray(one[:65, :95])) for one in draw(3, height=66)]
    shown = pictures_of(encoded(tmp_path, ".mkv", clip(95, 65), pixels, codec=codec))
    assert shown[0].pixels.shape == (65, 95, 3)
    assert abs(shown[0].pixels.astype(int) - pixels[0].pixels).mean() < 4


def test_alpha_and_depth_grow_with_the_picture(clip, chosen):
    picture = Picture(noise(3, 5, 3), noise(3, 5), np.zeros((3, 5, 3), np.int16))
    about = clip(5, 3, depth=10)
    frame = chosen(".mp4", about).converter(about)(picture)
    assert (frame.width, frame.height, frame.format.name) == (6, 4, "yuv420p10le")


def test_a_full_range_clip_becomes_limited_where_the_stream_cannot_signal_it(tmp_path, clip, encoded):
    about = clip(colour=Colour(1, FULL, 1, 1))
    target = encoded(tmp_path, ".mov", about, [Picture(np.full((64, 96, 3), 250, np.uint8))], codec="prores")
    frame = frames_of(target)[0]
    assert frame.color_range != FULL
    assert abs(ToPicture(frame, "tone-map")(frame).pixels.astype(int) - 250).max() <= 1


@pytest.mark.parametrize("codec", ["h264", "h265", "av1", "vp9", "ffv1", "prores"])
def test_the_same_frames_give_the_same_packets(tmp_path, draw, codec, clip, encoded):
    def packets(name):
        (tmp_path / name).mkdir()
        target = encoded(tmp_path / name, ".mkv", clip(), [Picture(one) for one in draw(12)], codec=codec)
        with av.open(str(target)) as container:
            return [bytes(packet) for packet in container.demux(video=0)]

    assert packets("once") == packets("again")


@pytest.mark.parametrize("codec", ["h264", "h265", "av1"])
def test_a_ten_bit_ramp_has_more_than_256_levels_after_encoding(tmp_path, codec, clip, encoded):
    sixteen = np.linspace(0, 65535, 64 * 96).round().astype(int).reshape(64, 96, 1).repeat(3, axis=2)
    pixels = ((sixteen + 128) // 257).astype(np.uint8)
    picture = Picture(pixels, residual=(sixteen - pixels.astype(int) * 257).astype(np.int16))
    target = encoded(tmp_path, ".mkv", clip(depth=10), [picture], codec=codec, crf=1)
    shown = pictures_of(target, "keep")[0]
    levels = shown.pixels.astype(int) * 257 + shown.residual
    assert len(np.unique(levels[..., 1])) > 256
    assert abs(levels - sixteen).mean() < 257


@pytest.mark.parametrize("codec", ["h264", "h265", "av1", "vp9"])
def test_encoders_print_nothing_to_the_terminal(tmp_path, codec, capfd, clip, encoded):
    encoded(tmp_path, ".mkv", clip(), [Picture(np.zeros((64, 96, 3), np.uint8))], codec=codec)
    assert capfd.readouterr() == ("", "")

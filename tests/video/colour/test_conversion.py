import av
import numpy as np
import pytest

from video.colour.conversion import FromPicture, ToPicture
from video.core.colour_codes import FULL, LIMITED, Colour
from video.core.errors import MediaError
from video.core.frames import Picture

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (13, 77, 200)]
WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def luma(rgb, matrix, color_range, bits):
    """The definition: Y' = kr R + kg G + kb B, then 16 + 219/255 Y' when limited, scaled to the bits."""
    red, blue = WEIGHTS[matrix]
    value = (red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2]) / 255
    return value * (2**bits - 1) if color_range == FULL else (16 + value * 219) * 2 ** (bits - 8)


def tagged(frame, colour):
    frame.colorspace, frame.color_range = colour.matrix, colour.range
    frame.color_primaries, frame.color_trc = colour.primaries, colour.transfer
    return frame


def flat(rgb, **parts):
    return Picture(np.full((16, 16, 3), rgb, np.uint8), **parts)


def samples(frame, index=0):
    """One plane of a frame without its row padding."""
    part = frame.planes[index]
    deep = frame.format.components[0].bits > 8
    values = np.frombuffer(part, np.uint16 if deep else np.uint8).reshape(part.height, -1)
    return values[:, : part.width]


def ramp_frame(pix_fmt, values):
    """A grey frame whose luma runs through these values."""
    frame = av.VideoFrame(len(values), 16, pix_fmt)
    bits = frame.format.components[0].bits
    for index in range(len(frame.planes)):
        samples(frame, index)[:] = 1 << (bits - 1)
    samples(frame)[:] = values
    return frame


def sixteen(picture):
    return picture.pixels.astype(int) * 257 + picture.residual


# Every pair of pixel format, matrix and range; each with all colours.
@pytest.mark.parametrize(
    "pix_fmt, bits, matrix, color_range",
    [
        ("yuv420p", 8, 1, LIMITED),
        ("yuv420p", 8, 6, FULL),
        ("yuv420p", 8, 9, LIMITED),
        ("yuv420p10le", 10, 1, FULL),
        ("yuv420p10le", 10, 6, LIMITED),
        ("yuv420p10le", 10, 9, FULL),
        ("yuv444p10le", 10, 1, LIMITED),
        ("yuv444p10le", 10, 6, FULL),
        ("yuv444p10le", 10, 9, LIMITED),
    ],
)
def test_stored_luma_follows_the_definition_and_comes_back(pix_fmt, bits, matrix, color_range):
    convert = FromPicture(Colour(matrix, color_range, matrix, 1), pix_fmt)
    for rgb in COLOURS:
        stored = convert(flat(rgb))
        assert abs(samples(stored)[4, 4] - luma(rgb, matrix, color_range, bits)) <= 0.7
        back = ToPicture(stored, "keep")(stored)
        assert abs(back.pixels.astype(int) - rgb).max() <= 2


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "nv12"])
def test_full_range_grey_gets_no_tint(pix_fmt):
    colour = Colour(1, FULL, 1, 1)
    stored = FromPicture(colour, pix_fmt)(flat((77, 77, 77)))
    back = ToPicture(stored, "tone-map")(stored)
    assert np.all(back.pixels == 77)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p"])
def test_a_full_range_ramp_keeps_both_ends(pix_fmt):
    ramp = np.repeat(np.tile(np.arange(256, dtype=np.uint8), (16, 1))[..., None], 3, axis=2)
    colour = Colour(1, FULL, 1, 1)
    stored = FromPicture(colour, pix_fmt)(Picture(ramp))
    assert abs(ToPicture(stored, "tone-map")(stored).pixels.astype(int) - ramp).max() <= 1


@pytest.mark.parametrize("pix_fmt", ["yuvj420p", "yuvj422p", "yuvj444p"])
def test_the_full_range_formats_need_no_tag(pix_fmt):
    frame = ramp_frame(pix_fmt, np.arange(256))
    convert = ToPicture(frame, "tone-map")
    assert convert.colour.range == FULL
    assert np.array_equal(convert(frame).pixels[0, :, 0], np.arange(256))


@pytest.mark.parametrize("pix_fmt", ["rgb24", "gbrp", "bgr0", "bgra", "gbrap"])
def test_rgb_comes_back_bit_for_bit(pix_fmt):
    pixels = np.random.default_rng(0).integers(0, 256, (16, 32, 3), dtype=np.uint8)
    stored = FromPicture(Colour(1, LIMITED, 1, 1), pix_fmt)(Picture(pixels))
    assert np.array_equal(ToPicture(stored, "tone-map")(stored).pixels, pixels)


@pytest.mark.parametrize("color_range, black, white", [(LIMITED, 16, 235), (FULL, 0, 255), (0, 0, 255)])
def test_grey_reaches_black_and_white(color_range, black, white):
    frame = ramp_frame("gray", np.linspace(black, white, 64).round())
    frame.color_range = color_range
    pixels = ToPicture(frame, "tone-map")(frame).pixels
    assert pixels[0, 0].tolist() == [0, 0, 0]
    assert pixels[0, -1].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    "pix_fmt, color_range, black, white",
    [("yuv420p10le", LIMITED, 64, 940), ("yuv422p10le", FULL, 0, 1023), ("yuv444p10le", LIMITED, 64, 940)],
)
def test_a_ten_bit_ramp_keeps_every_level_when_depth_is_kept(pix_fmt, color_range, black, white):
    frame = tagged(ramp_frame(pix_fmt, np.arange(black, white + 1)), Colour(1, color_range, 1, 1))
    convert = ToPicture(frame, "keep")
    kept = convert(frame)
    assert len(np.unique(sixteen(kept)[..., 0])) == white - black + 1 > 256
    again = FromPicture(convert.colour, pix_fmt)(kept)
    assert all(np.array_equal(samples(again, index), samples(frame, index)) for index in range(3))


def test_ten_bits_reach_black_and_white_of_sixteen():
    frame = tagged(ramp_frame("yuv420p10le", np.arange(64, 941)), Colour(1, LIMITED, 1, 1))
    values = sixteen(ToPicture(frame, "keep")(frame))
    assert (values.min(), values.max()) == (0, 65535)


@pytest.mark.parametrize("color_range, black, white", [(LIMITED, 64, 940), (FULL, 0, 1023)])
def test_ten_bits_are_rounded_to_the_nearest_of_eight(color_range, black, white):
    values = np.arange(black, white + 1)
    frame = tagged(ramp_frame("yuv420p10le", values), Colour(1, color_range, 1, 1))
    exact = (values - black) / (white - black) * 255
    assert abs(ToPicture(frame, "tone-map")(frame).pixels[..., 0] - exact).max() <= 0.51


@pytest.mark.parametrize("pix_fmt", ["gbrp10le", "gbrp12le", "gbrp16le", "gbrap16le"])
def test_deep_rgb_comes_back_bit_for_bit(pix_fmt):
    bits = av.VideoFormat(pix_fmt).components[0].bits
    frame = av.VideoFrame(64, 16, pix_fmt)
    random = np.random.default_rng(0)
    for index in range(3):
        samples(frame, index)[:] = random.integers(0, 2**bits, (16, 64))
    convert = ToPicture(frame, "keep")
    again = FromPicture(convert.colour, pix_fmt)(convert(frame))
    assert convert.depth == bits
    assert all(np.array_equal(samples(again, index), samples(frame, index)) for index in range(3))


def test_the_residual_is_added_to_the_translation():
    residual = np.full((16, 16, 3), -100, np.int16)
    stored = FromPicture(Colour(1, LIMITED, 1, 1), "gbrp16le")(flat((0, 20, 255), residual=residual))
    assert [samples(stored, index)[0, 0] for index in (2, 0, 1)] == [0, 20 * 257 - 100, 65435]


@pytest.mark.parametrize("pix_fmt", ["yuva420p", "yuva444p10le", "bgra", "rgba", "gbrap", "gbrap16le"])
def test_alpha_is_unchanged(pix_fmt):
    alpha = np.arange(256, dtype=np.uint8).reshape(16, 16)
    stored = FromPicture(Colour(1, LIMITED, 1, 1), pix_fmt)(flat((200, 30, 90), alpha=alpha))
    convert = ToPicture(stored, "tone-map")
    back = convert(stored)
    assert convert.has_alpha
    assert np.array_equal(back.alpha, alpha)
    assert abs(back.pixels.astype(int) - (200, 30, 90)).max() <= 2


def test_alpha_of_grey_and_of_sixteen_bits_is_read():
    alpha = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for pix_fmt, kind, unit in (("ya8", "u1", 1), ("ya16le", "<u2", 257), ("ya16be", ">u2", 257)):
        frame = av.VideoFrame(16, 16, pix_fmt)
        np.frombuffer(frame.planes[0], kind).reshape(16, -1)[:, 1:32:2] = alpha.astype(kind) * unit
        convert = ToPicture(frame, "tone-map")
        assert convert.has_alpha
        assert np.array_equal(convert(frame).alpha, alpha)


@pytest.mark.parametrize("opacity, has_alpha", [(255, False), (0, True)])
def test_a_palette_has_alpha_when_a_colour_of_it_has(opacity, has_alpha):
    frame = av.VideoFrame(16, 16, "pal8")
    np.frombuffer(frame.planes[0], np.uint8)[:] = 1
    palette = np.frombuffer(frame.planes[1], np.uint8).reshape(256, 4)
    palette[:] = (10, 20, 30, 255)
    palette[1, 3] = opacity
    convert = ToPicture(frame, "tone-map")
    picture = convert(frame)
    assert convert.has_alpha is has_alpha
    assert picture.pixels[0, 0].tolist() == [30, 20, 10]
    assert picture.alpha is None or np.all(picture.alpha == opacity)


def test_frames_without_alpha_are_opaque_in_a_clip_with_alpha():
    frame = FromPicture(Colour(1, LIMITED, 1, 1), "yuva420p")(flat((9, 9, 9)))
    plain = FromPicture(Colour(1, LIMITED, 1, 1), "yuv420p")(flat((9, 9, 9)))
    assert np.all(ToPicture(frame, "tone-map")(plain).alpha == 255)


def test_a_format_that_changes_in_mid_stream_is_read_correctly():
    rgb = (200, 60, 20)
    kinds = [("yuv420p", Colour(6, LIMITED, 6, 6)), ("yuv444p10le", Colour(1, FULL, 1, 1))]
    kinds += [("gbrp", Colour(1, LIMITED, 1, 1)), ("yuvj420p", Colour(5, FULL, 5, 6))]
    frames = [FromPicture(colour, pix_fmt)(flat(rgb)) for pix_fmt, colour in kinds * 2]
    convert = ToPicture(frames[0], "tone-map")
    for frame in frames:
        assert abs(convert(frame).pixels.astype(int) - rgb).max() <= 2


def test_pictures_are_contiguous_whatever_the_width():
    for width in (1, 3, 17, 33):
        frame = av.VideoFrame(width, 5, "yuv420p")
        picture = ToPicture(frame, "tone-map")(frame)
        assert picture.pixels.shape == (5, width, 3)
        assert picture.pixels.flags.c_contiguous


@pytest.mark.parametrize("colour_range", [LIMITED, FULL])
@pytest.mark.parametrize("rgb", COLOURS)
def test_ycgco_is_read_by_its_definition(rgb, colour_range):
    red, green, blue = np.array(rgb) if colour_range == FULL else np.round(np.array(rgb) * 219 / 255) + 16
    # ITU-T H.273, equations 44 to 46: of code values of RGB.
    values = green / 2 + (red + blue) / 4, green / 2 - (red + blue) / 4 + 128, (red - blue) / 2 + 128
    frame = av.VideoFrame(16, 16, "yuv444p")
    for index, value in enumerate(values):
        samples(frame, index)[:] = min(255, round(value))
    for hdr in ("tone-map", "keep"):
        convert = ToPicture(tagged(frame, Colour(8, colour_range, 1, 1)), hdr)
        assert abs(convert(frame).pixels[0, 0].astype(int) - rgb).max() <= 3
        assert convert.colour == Colour(1, colour_range, 1, 1)


@pytest.mark.parametrize("matrix", [0, 3, 10, 11, 12, 13, 14])
def test_a_matrix_that_is_not_known_is_refused(matrix):
    frame = av.VideoFrame(16, 16, "yuv444p")
    with pytest.raises(MediaError, match=rf"matrix is not known: .*\({matrix}\)"):
        ToPicture(tagged(frame, Colour(matrix, LIMITED, 1, 1)), "tone-map")


def test_a_matrix_that_becomes_unknown_in_mid_stream_is_refused():
    first, second = (av.VideoFrame(16, 16, "yuv444p") for _ in range(2))
    convert = ToPicture(tagged(first, Colour(1, LIMITED, 1, 1)), "tone-map")
    with pytest.raises(MediaError, match="ICtCp"):
        convert(tagged(second, Colour(14, LIMITED, 1, 1)))

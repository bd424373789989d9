import io

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from cyclegan_tf.errors import DataError
from cyclegan_tf.inference.picture import translate_file
from cyclegan_tf.inference.translator import Translator


@pytest.fixture(scope="module")
def translator(tiny_run, shallow_generators):
    return Translator.load(tiny_run)


@pytest.fixture
def translate(translator, tmp_path):
    """Translates a file of tmp_path into another: translate("in.png", "out.png")."""
    return lambda source, target: translate_file(
        translator, tmp_path / source, tmp_path / target, max_pixels=10_000
    )


def pixels(dtype=np.uint8, channels=3):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (33, 47, channels), dtype=dtype)


def test_the_file_holds_what_the_translator_makes_of_the_picture(translate, translator, tmp_path):
    Image.fromarray(pixels()).save(tmp_path / "in.png")
    done = translate("in.png", "out.png")
    with Image.open(tmp_path / "out.png") as written:
        np.testing.assert_array_equal(written, translator(pixels()))
        np.testing.assert_array_equal(written, done.translated)
    assert (done.size, done.notes) == ((33, 47), [])
    np.testing.assert_array_equal(done.original, pixels())


def test_alpha_and_profile_pass_by_the_network(translate, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(pixels(channels=4)).save(tmp_path / "in.png", icc_profile=profile)
    translate("in.png", "out.png")
    with Image.open(tmp_path / "out.png") as written:
        np.testing.assert_array_equal(np.asarray(written)[..., 3], pixels(channels=4)[..., 3])
        assert written.info["icc_profile"] == profile


@pytest.mark.parametrize(
    ("target", "dtype", "said"), [("out.tif", np.uint16, False), ("out.jpg", np.uint8, True)]
)
def test_16_bits_stay_where_the_file_holds_them(translate, tmp_path, target, dtype, said):
    tifffile.imwrite(tmp_path / "in.tif", pixels(np.uint16))
    done = translate("in.tif", target)
    read = tifffile.imread if target == "out.tif" else Image.open
    assert np.asarray(read(tmp_path / target)).dtype == dtype
    assert ("uint16 pixels became uint8" in done.notes) is said
    assert (done.original.dtype, done.translated.dtype) == (np.uint8, np.uint8)


def test_a_picture_of_too_many_pixels_is_refused(translate, tmp_path):
    Image.new("RGB", (101, 100)).save(tmp_path / "in.png")
    with pytest.raises(DataError, match="pixels"):
        translate("in.png", "out.png")


class Identity:
    """A translator that changes nothing, beside the card of a real one."""

    def __init__(self, translator):
        self.card, self.direction = translator.card, translator.direction

    def __call__(self, pictures):
        return pictures


def test_the_identity_keeps_the_colours_of_a_wide_profile(
    translator, tmp_path, display_p3, srgb_of_display_p3
):
    given = pixels() // 2 + 60
    Image.fromarray(given).save(tmp_path / "in.png", icc_profile=display_p3)
    translate_file(Identity(translator), tmp_path / "in.png", tmp_path / "out.png", max_pixels=10_000)
    with Image.open(tmp_path / "out.png") as written:
        assert np.abs(np.asarray(written) - srgb_of_display_p3(given)).max() <= 1.5
        profile = ImageCms.getOpenProfile(io.BytesIO(written.info["icc_profile"]))
    assert "sRGB" in profile.profile.profile_description


def test_what_is_not_read_of_a_file_is_noted(translate, tmp_path):
    two = [Image.fromarray(pixels()), Image.fromarray(255 - pixels())]
    two[0].save(tmp_path / "in.mpo", save_all=True, append_images=two[1:])
    assert translate("in.mpo", "out.png").notes == ["the first of the file's 2 pictures was taken"]

import numpy as np
import pytest
from PIL import Image, ImageCms

from cyclegan_tf.images.profiles import as_srgb, foreign_profile, srgb_profile


def picture(profile, mode="RGB"):
    found = Image.new(mode, (2, 2))
    found.info["icc_profile"] = profile
    return found


def test_srgb_whoever_made_its_profile_is_not_foreign():
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert foreign_profile(picture(made)) is None
    assert foreign_profile(picture(srgb_profile())) is None


def test_our_profile_of_srgb_is_the_same_bytes_every_time():
    first = srgb_profile()
    srgb_profile.cache_clear()
    assert srgb_profile() == first


@pytest.mark.parametrize("mode", ["L", "LA", "F", "CMYK"])
def test_a_profile_of_another_colour_model_does_not_count(display_p3, mode):
    assert foreign_profile(picture(display_p3, mode)) is None


@pytest.mark.parametrize("data", [b"", b"no profile", bytes(200)])
def test_a_damaged_profile_does_not_count(data):
    assert foreign_profile(picture(data)) is None


def test_a_cut_profile_does_not_count(display_p3):
    assert foreign_profile(picture(display_p3[:300])) is None


def test_a_transparent_colour_is_found_before_colours_change(display_p3):
    found = picture(display_p3)
    found.paste((10, 200, 30), (0, 0, 1, 2))
    found.info["transparency"] = (10, 200, 30)
    assert np.asarray(as_srgb(found))[..., 3].tolist() == [[0, 255]] * 2

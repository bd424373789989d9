"""`image --write-masks`: what the mask network saw, beside each translation."""

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.errors import UsageError
from cyclegan_tf.inference.pictures import translate_pictures
from cyclegan_tf.inference.translator import Translator

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture
def picture(scene, tmp_path):
    Image.fromarray(scene).save(tmp_path / "scene.png")
    return tmp_path / "scene.png"


def test_the_mask_is_a_grey_picture_beside_the_translation(masked_model, picture, scene, tmp_path):
    translator = Translator.load(masked_model)
    translate_pictures(picture, tmp_path / "out.png", translator, write_masks=True)
    mask, out = (iio.imread(tmp_path / name) for name in ("out.png.mask.png", "out.png"))
    assert mask.shape == (50, 64)
    np.testing.assert_array_equal(mask, translator.masks(scene)[..., 0])
    assert np.abs(out[mask == 0].astype(int) - scene[mask == 0]).max() <= 1


def test_a_batch_has_a_mask_for_each_picture(masked_model, scene):
    translator = Translator.load(masked_model)
    masks = translator.masks(np.stack([scene, scene[::-1]]))
    assert masks.shape == (2, 50, 64, 1) and masks.dtype == np.uint8
    np.testing.assert_allclose(masks[0].astype(int), translator.masks(scene), atol=1)


def test_a_model_without_masks_is_refused_before_any_work(tiny_run, picture, tmp_path):
    with pytest.raises(UsageError, match="the model has no masks to write"):
        translate_pictures(
            picture, tmp_path / "out.png", Translator.load(tiny_run / "model"), write_masks=True
        )
    assert not (tmp_path / "out.png").exists()

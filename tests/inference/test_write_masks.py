"""`image --write-masks`: what the mask network saw, beside each translation."""

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.errors import UsageError
from cyclegan_tf.inference.pictures import ImageJob, translate_pictures
from cyclegan_tf.inference.translator import Translator

pytestmark = pytest.mark.usefixtures("shallow_generators")


def job(model):
    return ImageJob(model, "ab", None, None, None, 10**6, False, "none", True, write_masks=True)


@pytest.fixture
def picture(scene, tmp_path):
    Image.fromarray(scene).save(tmp_path / "scene.png")
    return tmp_path / "scene.png"


def test_the_mask_is_a_grey_picture_beside_the_translation(masked_model, picture, scene, tmp_path):
    translate_pictures(job(masked_model), picture, tmp_path / "out.png")
    mask = Image.open(tmp_path / "out.png.mask.png")
    assert mask.mode == "L" and mask.size == (64, 50)
    translator = Translator.load(masked_model)
    np.testing.assert_array_equal(np.asarray(mask), translator.masks(scene)[..., 0])
    unchanged = np.asarray(Image.open(tmp_path / "out.png"))[np.asarray(mask) == 0]
    assert np.abs(unchanged.astype(int) - scene[np.asarray(mask) == 0]).max() <= 1


def test_a_batch_has_a_mask_for_each_picture(masked_model, scene):
    translator = Translator.load(masked_model)
    masks = translator.masks(np.stack([scene, scene[::-1]]))
    assert masks.shape == (2, 50, 64, 1) and masks.dtype == np.uint8
    np.testing.assert_allclose(masks[0].astype(int), translator.masks(scene), atol=1)


def test_a_model_without_masks_is_refused_before_any_work(tiny_run, picture, tmp_path):
    with pytest.raises(UsageError, match="the model has no masks to write"):
        translate_pictures(job(tiny_run / "model"), picture, tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()

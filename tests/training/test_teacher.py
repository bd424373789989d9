import numpy as np
import pytest

from cyclegan_tf.errors import ModelError
from cyclegan_tf.inference.translator import Translator
from cyclegan_tf.training.teacher import Answers, Teacher, load_teachers

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture(scope="module")
def teacher(masked_model):
    return load_teachers(masked_model, ("ab",))["ab"]


@pytest.fixture
def picture(scene):
    return scene[:48]


def test_it_translates_as_the_model_does_at_use(teacher, masked_model, picture):
    expected = Translator(masked_model)(picture)
    difference = np.abs(teacher.translate(picture[np.newaxis])[0].astype(int) - expected)
    # The answer between is rounded to whole levels.
    assert difference.max() <= 1


def test_its_answer_is_the_whole_translation_and_the_mask(teacher, masked_model, picture):
    answer = teacher.answer(picture[np.newaxis])[0]
    whole, masked = Translator(masked_model, own_masks=False), Translator(masked_model)
    assert np.abs(answer[..., :3].astype(int) - whole(picture)).max() <= 1
    assert np.abs(answer[..., 3:].astype(int) - masked.masks(picture)).max() <= 1
    assert answer.shape[-1] == teacher.channels == 4


def test_its_digest_is_that_of_its_weights(teacher, masked_model):
    assert Teacher(masked_model, "ab", teacher.mask_network).digest == teacher.digest
    assert Teacher(masked_model, "ab").digest != teacher.digest


def test_a_direction_that_the_model_lacks_is_said(masked_model):
    with pytest.raises(ModelError, match="no generator for direction ba"):
        load_teachers(masked_model, ("ab", "ba"))


def test_an_answer_is_kept_under_its_name(teacher, picture, tmp_path):
    answers = Answers(tmp_path / "answers", teacher)
    first = answers.of(picture, "one")
    # Another picture under the same name: what was kept comes back.
    np.testing.assert_array_equal(answers.of(255 - picture, "one"), first)
    assert [path.name for path in (tmp_path / "answers").iterdir()] == ["one.npy"]

import numpy as np
import pytest

from cyclegan_tf.errors import DataError
from cyclegan_tf.images.preprocess import Preprocess
from cyclegan_tf.training.lessons import Lessons


class Inverter:
    """A teacher that inverts pictures, and counts them."""

    def __init__(self, digest="0" * 64, offset=0):
        self.digest, self.channels, self.count, self.offset = digest, 3, 0, offset

    def answer(self, pictures):
        self.count += len(pictures)
        return 255 - self.offset - np.minimum(pictures, 255 - self.offset)


def pictures(count, seed=0):
    return list(np.random.default_rng(seed).integers(0, 256, (count, 48, 64, 3), dtype=np.uint8))


def make(folder, teachers, *, crops=2, flip=True, a=None, load_size=40):
    preprocess = Preprocess("scale_shortside_and_crop", load_size, 32, flip)
    return Lessons(
        a or pictures(3),
        pictures(2, seed=1),
        preprocess,
        2,
        teachers=teachers,
        folder=folder,
        crops=crops,
    )


def test_every_picture_comes_with_what_its_teacher_makes_of_it(tmp_path):
    a, answers_a, b, answers_b = make(tmp_path, {"ab": Inverter(), "ba": Inverter("1" * 64, 9)}).batch(1)
    assert a.shape == b.shape == answers_a.shape == (2, 32, 32, 3)
    np.testing.assert_array_equal(answers_a, 255 - a)
    np.testing.assert_array_equal(answers_b, 246 - np.minimum(b, 246))


def test_one_direction_alone_has_two_parts(tmp_path):
    lessons = make(tmp_path, {"ba": Inverter()})
    assert [part.shape for part in lessons.batch(0)] == [(2, 32, 32, 3)] * 2
    assert lessons.part_shapes == [(32, 32, 3)] * 2


def test_each_crop_is_translated_once_and_kept_for_the_next_session(tmp_path):
    first, second = Inverter(), Inverter()
    batches = [make(tmp_path, {"ab": first}).batch(step) for step in range(12)]
    lessons = make(tmp_path, {"ab": second})
    # Three pictures of two crops each.
    assert first.count == 6
    for step, batch in enumerate(batches):
        np.testing.assert_array_equal(lessons.batch(step), batch)
    assert second.count == 0


def test_a_damaged_answer_is_made_again(tmp_path):
    batch = make(tmp_path, {"ab": Inverter()}).batch(0)
    for path in tmp_path.rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:100])
    np.testing.assert_array_equal(make(tmp_path, {"ab": Inverter()}).batch(0), batch)


def test_another_teacher_or_other_pictures_have_other_answers(tmp_path):
    make(tmp_path, {"ab": Inverter()}).batch(0)
    other = make(tmp_path, {"ab": Inverter("2" * 64, offset=5)}).batch(0)
    assert other[1].max() <= 250
    moved = make(tmp_path, {"ab": Inverter()}, a=pictures(3, seed=7)).batch(0)
    np.testing.assert_array_equal(moved[1], 255 - moved[0])


@pytest.mark.parametrize("changed", [{"load_size": 64}, {"crops": 3}])
def test_other_crops_have_other_answers(tmp_path, changed):
    for options in ({}, changed):
        lessons = make(tmp_path, {"ab": Inverter()}, **options)
        for step in range(9):
            crops, answers = lessons.batch(step)
            np.testing.assert_array_equal(answers, 255 - crops)


def test_the_fingerprint_changes_with_the_teacher(tmp_path):
    prints = {make(tmp_path, {"ab": Inverter(digit * 64)}).fingerprint for digit in "01"}
    assert len(prints) == 2


def test_half_of_the_crops_are_mirrored_with_their_answers(tmp_path):
    plain, mirrored = (make(tmp_path, {"ab": Inverter()}, flip=flip) for flip in (False, True))
    same = []
    for step in range(20):
        for one, other in zip(np.swapaxes(plain.batch(step), 0, 1), np.swapaxes(mirrored.batch(step), 0, 1)):
            same.append(np.array_equal(one, other))
            assert same[-1] or np.array_equal(one[:, :, ::-1], other)
    assert 5 < sum(same) < 35


def test_crops_show_pictures_at_several_scales(tmp_path):
    """A picture whose rows rise in brightness from 0 to 252: a crop of larger scale shows fewer of them."""
    ramp = np.repeat(np.arange(64, dtype=np.uint8)[:, None, None] * 4, 64, axis=1).repeat(3, axis=2)
    lessons = make(tmp_path, {"ab": Inverter()}, a=[ramp], crops=30, load_size=64)
    spans = [float(np.ptp(crop[:, 0, 0])) for step in range(15) for crop in lessons.batch(step)[0]]
    assert min(spans) < 150 < 220 < max(spans)


def test_the_dataset_serves_the_same_batches(tmp_path):
    lessons = make(tmp_path, {"ab": Inverter()})
    for step, batch in enumerate(lessons.dataset(2, 4), start=2):
        np.testing.assert_array_equal(batch, lessons.batch(step))


def test_a_picture_that_went_missing_is_named(tmp_path):
    from PIL import Image

    path = tmp_path / "one.png"
    Image.fromarray(pictures(1)[0]).save(path)
    lessons = Lessons(
        [path],
        pictures(1),
        Preprocess("scale_shortside_and_crop", 40, 32),
        teachers={"ab": Inverter()},
        folder=tmp_path / "answers",
        crops=1,
        cache="off",
    )
    path.unlink()
    with pytest.raises(DataError, match=r"step 0: .*one\.png"):
        lessons.batch(0)

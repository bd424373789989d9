import numpy as np
import pytest

from cyclegan_tf.errors import UsageError
from cyclegan_tf.masking.subject import SEEN_FROM, SubjectFinder, class_names


def test_there_are_a_thousand_classes():
    names = class_names()
    assert len(names) == 1000 and "zebra" in names[340] and "sorrel" in names[339]


def test_an_unknown_name_is_refused_with_those_like_it():
    with pytest.raises(UsageError, match="not a known subject: zebbra") as caught:
        SubjectFinder(["zebbra"])
    assert "zebra" in caught.value.detail


def test_zebras_are_found_where_they_are(shared_data):
    from PIL import Image

    file = sorted((shared_data / "horse2zebra" / "testB").iterdir())[0]
    zebra = np.asarray(Image.open(file).convert("RGB").resize((320, 320)))
    activation, highest = SubjectFinder(["zebra"])(zebra)
    assert activation.shape == (10, 10) and activation.max() == 1 and highest > 2 * SEEN_FROM


def test_an_even_picture_shows_no_subject():
    _, highest = SubjectFinder(["zebra"])(np.full((64, 64, 3), 128, np.uint8))
    assert highest < SEEN_FROM

"""The model that comes with the package, as a newcomer uses it."""

from functools import cache
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.inference.translator import Translator
from cyclegan_tf.models.bundled import about
from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.run import find_model, find_student
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.training.cost import multiply_adds

pytestmark = pytest.mark.slow

NAME, SIDE = "horse2zebra", 128
CLIP = Path(__file__).parents[1] / "clips" / "walk.mp4"


@pytest.fixture(scope="module")
def folder():
    return find_model(Path(NAME))


@pytest.fixture(scope="module")
def translator(folder):
    """translator("ab") is the model's translator, loaded once."""
    return cache(lambda direction: Translator(folder, direction))


@pytest.fixture(scope="module")
def student():
    return find_student(Path(NAME))


def read(path, mode="RGB"):
    return np.asarray(Image.open(path).convert(mode).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def test_it_translates_both_ways_in_ten_megabytes(folder):
    card = load_card(folder)
    assert set(card.generators) == {"ab", "ba"} and card.masked
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 10_000_000


def test_its_card_says_what_it_is(folder):
    assert {"summary", "data", "recipe", "scores", "limits"} <= set(about(folder))


def test_a_clip_is_translated_without_any_option_on_a_fresh_machine(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = command("video", CLIP, "out.mp4")
    assert result.exit_code == 0, result.stderr
    assert NAME in result.stdout
    assert len(imageio.imread("out.mp4")) == len(imageio.imread(CLIP))


@pytest.mark.parametrize(("direction", "domain"), [("ab", "A"), ("ba", "B")])
def test_subjects_change_and_what_is_around_them_hardly(translator, shared_data, direction, domain):
    pictures = sorted((shared_data / "horse2zebra" / f"test{domain}").iterdir())[:40:4]
    batch = np.stack([read(path) for path in pictures])
    change = np.abs(translator(direction)(batch).astype(int) - batch).mean(axis=-1)
    masks = translator(direction).masks(batch)[..., 0]
    assert change[masks == 0].max() == 0
    assert change[masks > 127].mean() > 15


def test_what_is_around_horses_hardly_changes(translator, shared_data):
    pictures = sorted((shared_data / "horse2zebra" / "testA").iterdir())[:40:4]
    batch = np.stack([read(path) for path in pictures])
    given = np.stack([read(shared_data / "masks" / "testA" / f"{path.stem}.png", "L") for path in pictures])
    change = np.abs(translator("ab")(batch).astype(int) - batch).mean(axis=-1)
    assert change[given < 10].mean() < 4


def test_its_student_has_a_quarter_of_its_arithmetic_in_two_megabytes_and_a_half(folder, student):
    ours, theirs = (load_card(place) for place in (student, folder))
    costs = [multiply_adds(build_generator(card.generators["ab"], "g"), 256, 256) for card in (ours, theirs)]
    assert costs[0] < 0.3 * costs[1] and ours.masked
    assert sum(file.stat().st_size for file in student.iterdir()) <= 2_500_000
    assert about(student)["teacher"] == NAME and {"summary", "scores", "limits"} <= set(about(student))


@pytest.mark.parametrize(("direction", "domain"), [("ab", "A"), ("ba", "B")])
def test_the_student_makes_much_the_same_of_pictures(folder, student, shared_data, direction, domain):
    pictures = sorted((shared_data / "horse2zebra" / f"test{domain}").iterdir())[:40:8]
    batch = np.stack([read(path) for path in pictures])
    ours, theirs = (Translator(place, direction)(batch).astype(float) for place in (student, folder))
    error, change = (np.mean(np.square(theirs - other)) for other in (ours, batch))
    assert error < change / 3

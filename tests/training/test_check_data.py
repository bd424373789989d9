import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.training.check_data import check_data

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture
def check(tiny_options, tmp_path):
    """Looks at a data set of four and three pictures of 40x40: check("data.cache=off", quick=True)."""
    for domain, count in (("trainA", 4), ("trainB", 3)):
        (tmp_path / domain).mkdir()
        for number in range(count):
            pixels = np.random.default_rng(number + 4 * (domain == "trainB")).integers(0, 256, (40, 40, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / domain / f"{number}.png")
    options = [f"data.root={tmp_path}", *(word for word in tiny_options if "=" in word)]
    return lambda *more, **how: check_data(load_config("demo", [*options, *more]), **how)


def test_a_run_on_the_pictures_is_estimated(check):
    estimate = check("train.steps=0", "train.epochs=5").estimate
    assert estimate.num_steps == 5 * 4
    assert estimate.seconds_per_step > 0
    assert 2**20 < estimate.memory_bytes < estimate.available_bytes


def test_pictures_that_are_kept_are_part_of_the_memory(check):
    kept, read_again = (check(f"data.cache={cache}").estimate.memory_bytes for cache in ("memory", "off"))
    # Seven pictures as they are resized.
    assert kept - read_again == 7 * 36 * 36 * 3


def test_a_quick_look_estimates_nothing(check):
    assert check(quick=True).estimate is None


def test_pictures_with_errors_are_not_worth_an_estimate(check, tmp_path):
    (tmp_path / "trainA" / "0.png").write_bytes(b"")
    report = check()
    assert report.errors
    assert report.estimate is None

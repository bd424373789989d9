import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.errors import UsageError
from cyclegan_tf.evaluation.evaluating import EvaluateOptions, evaluate_model
from cyclegan_tf.inference.translator import Translator
from cyclegan_tf.measures.feature_network import FeatureNetwork
from cyclegan_tf.measures.frechet import frechet_distance

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture
def data(tmp_path):
    """Five test pictures of A and four of B."""
    for seed, (part, count) in enumerate({"trainA": 1, "trainB": 1, "testA": 5, "testB": 4}.items()):
        (tmp_path / part).mkdir()
        for number in range(count):
            pixels = np.random.default_rng([seed, number]).integers(0, 256, (40, 36, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / part / f"{part}{number}.png")
    return tmp_path


@pytest.fixture(autouse=True)
def mean_colour(monkeypatch):
    """A feature network that takes no time, under the name that is asked for."""

    def load(name):
        return FeatureNetwork(name, "0" * 64, lambda images, training: images[:, ::2, 0, 0], 8)

    monkeypatch.setattr("cyclegan_tf.evaluation.evaluating.load_feature_network", load)
    return load("efficientnet-lite0")


def score(evaluation, way, name):
    return next(one for one in evaluation.directions[way].scores if one.name == name)


def test_both_directions_are_measured_at_the_size_of_the_training(tiny_run, data, mean_colour):
    evaluation = evaluate_model(tiny_run, data)
    assert (evaluation.resize, evaluation.step) == ("bicubic to 32x32", 4)
    for way, inputs, real in (("ab", 5, 4), ("ba", 4, 5)):
        assert [one.name for one in evaluation.directions[way].scores] == [
            "kid",
            "fid",
            "cycle_l1",
            "identity_l1",
        ]
        fid = score(evaluation, way, "fid")
        assert (fid.num_translated, fid.num_real, fid.independent) == (inputs, real, True)


def test_the_fid_is_that_of_translations_and_real_pictures(tiny_run, data, mean_colour):
    evaluation = evaluate_model(tiny_run, data)
    names = sorted((data / "testA").iterdir())
    inputs = [np.asarray(Image.open(path).resize((32, 32), Image.Resampling.BICUBIC)) for path in names]
    real = [
        np.asarray(Image.open(path).resize((32, 32), Image.Resampling.BICUBIC))
        for path in sorted((data / "testB").iterdir())
    ]
    translated = Translator.load(tiny_run)(np.stack(inputs))
    expected = frechet_distance(mean_colour.features(translated), mean_colour.features(np.stack(real)))
    assert score(evaluation, "ab", "fid").value == pytest.approx(expected, rel=1e-3)


def test_a_model_of_one_direction_has_its_own_masks_and_no_cycle(masked_model, data):
    evaluation = evaluate_model(masked_model, data, options=EvaluateOptions(size=(32, 32)))
    assert list(evaluation.directions) == ["ab"]
    names = [one.name for one in evaluation.directions["ab"].scores]
    assert "cycle_l1" not in names and score(evaluation, "ab", "background_l1").masks == "its own"


def test_a_network_that_the_model_was_trained_against_is_marked_with_advice(tiny_run, data, monkeypatch):
    monkeypatch.setattr(
        "cyclegan_tf.evaluation.evaluating.model_trained_against", lambda *_: ["efficientnet-lite0"]
    )
    monkeypatch.setattr("cyclegan_tf.measures.feature_networks.find_in_cache", lambda name: None)
    evaluation = evaluate_model(tiny_run, data, options=EvaluateOptions(num_pictures=4))
    assert score(evaluation, "ab", "kid").independent is False
    assert any("--features keras-mobilenet-v3" in text for text in evaluation.warnings)
    both = EvaluateOptions(num_pictures=4, features=("efficientnet-lite0", "keras-mobilenet-v3"))
    evaluation = evaluate_model(tiny_run, data, options=both)
    kids = [one for one in evaluation.directions["ab"].scores if one.name == "kid"]
    assert [one.independent for one in kids] == [False, True]
    assert not any("not independent" in text for text in evaluation.warnings)


def test_an_unknown_choice_of_real_pictures_is_refused():
    with pytest.raises(UsageError, match="not a choice for --reals: all"):
        EvaluateOptions(reals="all")

"""Training that goes on from the generators of a model folder."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.card import ModelCard
from cyclegan_tf.models.folder import load_generator, save_model
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.warm_start import settings, start_from

pytestmark = pytest.mark.usefixtures("shallow_generators")
SPEC = GeneratorSpec("resnet_6blocks", width=4, upsampling="resize", norm_epsilon=1e-3, padding="same")
DISCRIMINATOR = DiscriminatorSpec("pixel", width=2)


@pytest.fixture
def save(tmp_path):
    """Saves a model folder of new generators: save(ab=spec, ba=spec)."""

    def run(**specs):
        networks = {way: build_generator(spec, f"generator_{way}") for way, spec in specs.items()}
        save_model(tmp_path / "model", networks, ModelCard(specs, None))
        return tmp_path / "model"

    return run


def weights(network):
    return network.get_weights()


def assert_same(one, other):
    for first, second in zip(one, other, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-8)


@pytest.mark.parametrize("ema_decay", [0, 0.999])
def test_generators_and_averages_are_those_of_the_folder_and_discriminators_stay(save, ema_decay):
    folder = save(ab=SPEC, ba=SPEC)
    model = CycleGAN(SPEC, DISCRIMINATOR, ema_decay=ema_decay)
    before = weights(model.discriminator_a) + weights(model.discriminator_b)
    start_from(model, folder)
    assert_same(before, weights(model.discriminator_a) + weights(model.discriminator_b))
    for way, networks in (
        ("ab", (model.generator_ab, model.ema_generator_ab)),
        ("ba", (model.generator_ba, model.ema_generator_ba)),
    ):
        for network in filter(None, networks):
            assert_same(weights(network), weights(load_generator(folder, way)))
    assert int(model.step) == 0


@pytest.mark.parametrize(
    ("spec", "detail", "fix"),
    [
        (
            GeneratorSpec("resnet_6blocks", width=3),
            "'first_conv/kernel': expected shape (7, 7, 3, 4); the model has shape (7, 7, 3, 3)",
            "--set model.generator_width=3 ",
        ),
        (
            GeneratorSpec("resnet_6blocks", width=4, upsampling="resize", norm_affine=True),
            "'first_norm/gamma': expected no such layer; the model has shape (4,)",
            "--set model.norm_affine=true ",
        ),
        (
            GeneratorSpec("resnet_6blocks", width=4, upsampling="resize", padding="same"),
            "norm_epsilon: expected 0.001; the model has 1e-05",
            "--set model.generator_norm_epsilon=1e-05",
        ),
        (GeneratorSpec("unet_128", width=4), "'first_conv/kernel': expected shape (7, 7, 3, 4)", "unet_128"),
    ],
)
def test_another_architecture_is_refused_with_the_first_difference_and_the_way_out(save, spec, detail, fix):
    folder = save(ab=spec, ba=spec)
    with pytest.raises(ModelError, match="another architecture than generator_ab in .*model") as caught:
        start_from(CycleGAN(SPEC, DISCRIMINATOR), folder)
    assert detail in caught.value.detail
    assert fix in f"{caught.value.fix} "


def test_nothing_is_changed_when_the_second_generator_does_not_fit(save):
    folder = save(ab=SPEC, ba=GeneratorSpec("resnet_6blocks", width=3))
    model = CycleGAN(SPEC, DISCRIMINATOR)
    before = weights(model.generator_ab)
    with pytest.raises(ModelError, match="generator_ba") as caught:
        start_from(model, folder)
    assert_same(before, weights(model.generator_ab))
    assert "the two generators differ" in caught.value.fix


def test_a_model_of_one_direction_is_refused(save):
    with pytest.raises(ModelError, match="one direction") as caught:
        start_from(CycleGAN(SPEC, DISCRIMINATOR), save(ab=SPEC))
    assert "found ab" in caught.value.detail


def test_settings_are_what_differs_from_the_paper():
    assert settings(GeneratorSpec()) == {}
    assert settings(SPEC) == {
        "model.generator": "resnet_6blocks",
        "model.generator_width": "4",
        "model.upsampling": "resize",
        "model.generator_norm_epsilon": "0.001",
        "model.generator_padding": "same",
    }


@pytest.fixture(scope="module")
def continued(command, tiny_data, tiny_options, tmp_path_factory, shallow_generators, without_graphs):
    """The folder of a run of two steps and that of the model it began with; do not write into them."""
    root = tmp_path_factory.mktemp("continued")
    networks = {way: build_generator(SPEC, f"generator_{way}") for way in ("ab", "ba")}
    save_model(root / "initial", networks, ModelCard({"ab": SPEC, "ba": SPEC}, None))
    place = ("--name", "r", "--set", f"output.folder={root}")
    values = {**settings(SPEC), "train.learning_rate": "2e-4", "train.steps": "2", "train.ema_decay": "0"}
    options = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    result = command("fit", tiny_data, *tiny_options, *place, "--start-from", root / "initial", *options)
    assert result.exit_code == 0, result.stderr
    return SimpleNamespace(folder=root / "r", initial=root / "initial")


@pytest.mark.parametrize("way", ["ab", "ba"])
def test_a_run_moves_on_from_the_weights_that_it_is_given(continued, way):
    before = load_generator(continued.initial, way).get_weights()
    after = load_generator(continued.folder / "model", way).get_weights()
    moved = max(np.abs(new - old).max() for new, old in zip(after, before, strict=True))
    # Two steps of Adam at 2e-4 and less; fresh weights would be 0.1 apart.
    assert 1e-5 < moved < 5e-4


def test_the_configuration_of_a_run_says_what_it_began_with(continued):
    assert f"start_from: {continued.initial}" in (continued.folder / "config.yaml").read_text()


def test_a_run_is_resumed_without_the_model_that_it_began_with(continued, command, tmp_path):
    shutil.copytree(continued.folder, tmp_path / "r")
    continued.initial.rename(tmp_path / "elsewhere")
    try:
        place = ("--name", "r", "--set", f"output.folder={tmp_path}")
        result = command("fit", "--resume", *place, "--set", "train.steps=3")
    finally:
        (tmp_path / "elsewhere").rename(continued.initial)
    assert result.exit_code == 0, result.stderr
    assert json.loads((tmp_path / "r" / "summary.json").read_text())["step"] == 3


@pytest.fixture
def fit(command, tiny_data, tiny_options, tmp_path):
    place = ("--name", "r", "--set", f"output.folder={tmp_path / 'runs'}")
    return lambda *arguments: command("fit", tiny_data, *tiny_options, *place, *arguments)


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_row_41_a_run_of_another_architecture_does_not_begin(fit, save, tmp_path, dry_run):
    result = fit("--start-from", save(ab=SPEC, ba=SPEC), *dry_run)
    assert result.exit_code == 5, result.output
    assert "--set model.generator_padding=same" in result.stderr
    assert not (tmp_path / "runs/r/config.yaml").exists()


def test_a_resumed_run_takes_no_other_beginning(fit, tmp_path):
    result = fit("--resume", "--start-from", tmp_path)
    assert result.exit_code == 2
    assert "--resume and --start-from exclude each other" in result.stderr

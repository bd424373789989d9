import json
import shlex

import pytest

from cyclegan_tf.models.run import Run
from cyclegan_tf.training import fit as training


@pytest.fixture(scope="module")
def write_weights(tmp_path_factory):
    """Writes weights of a small generator to a file of Keras: write_weights(FROM_CHANNELS, TO_CHANNELS)."""
    from cyclegan_tf.networks.generators import build_generator
    from cyclegan_tf.networks.specs import GeneratorSpec

    def write(channels_in, channels_out):
        path = tmp_path_factory.mktemp("keras") / "generator.weights.h5"
        spec = GeneratorSpec("resnet_6blocks", channels_in, channels_out, width=2, norm_affine=True)
        build_generator(spec, "generator").save_weights(path)
        return path

    return write


@pytest.fixture(scope="module")
def weights(write_weights):
    """Weights of a small generator of RGB."""
    return write_weights(3, 3)


def test_a_dry_run_says_what_was_found_and_writes_nothing(command, weights, tmp_path):
    result = command("import", weights, tmp_path / "model", "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    said = json.loads(result.stdout)
    assert (said["schema"], said["directions"]["ab"]["generator"]["width"]) == (1, 2)
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_refuses_a_target_that_exists(command, weights, tmp_path):
    assert command("import", weights, tmp_path, "--dry-run").exit_code == 6


def test_progress_as_json_counts_files_on_stderr(command, weights, tmp_path):
    result = command("import", weights, tmp_path / "model", "--progress", "json")
    last = json.loads(result.stderr.splitlines()[-1])
    assert (last["stage"], last["files"], last["total"]) == ("importing", 1, 1)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [(3, "video IN.mp4 OUT.mp4"), (1, "image PHOTOS TRANSLATED")],
    ids=["clips", "pictures"],
)
def test_what_comes_next_is_something_the_model_can_do(command, write_weights, tmp_path, channels, expected):
    result = command("import", write_weights(3, channels), tmp_path / "model")
    assert f"next: cyclegan-tf {expected} --model {tmp_path / 'model'}" in result.stdout.splitlines()


@pytest.mark.parametrize("channels", [3, 1])
def test_the_command_to_train_on_has_the_architecture_of_the_model(
    command, write_weights, tmp_path, monkeypatch, channels
):
    from cyclegan_tf.models.card import load_card

    configs = []
    monkeypatch.setattr(training, "fit", lambda config, **options: configs.append(config) or Run(tmp_path))
    model = tmp_path / "my model"
    imported = command("import", write_weights(3, channels), model, "--ba", write_weights(channels, 3))
    line = imported.stdout.splitlines()[-1].removeprefix("to train on: cyclegan-tf ")
    result = command(*shlex.split(line.replace("DATA", shlex.quote(str(tmp_path)))))
    assert result.exit_code == 0, result.stderr
    assert configs[0].train.start_from == str(model)
    assert configs[0].generator_spec == load_card(model).generators["ab"]

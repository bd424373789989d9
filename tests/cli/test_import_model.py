import json

import pytest


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Weights of a small generator in a file of Keras."""
    from cyclegan_tf.networks.generators import build_generator
    from cyclegan_tf.networks.specs import GeneratorSpec

    path = tmp_path_factory.mktemp("keras") / "generator.weights.h5"
    build_generator(GeneratorSpec("resnet_6blocks", width=2, norm_affine=True), "generator").save_weights(
        path
    )
    return path


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

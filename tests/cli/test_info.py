import json

import pytest

from cyclegan_tf.models import bundled

pytestmark = pytest.mark.usefixtures("shallow_generators")


def test_info_says_what_a_clip_is_and_what_would_be_done(command, clip):
    result = command("info", clip)
    assert result.exit_code == 0, result.stderr
    assert "mp4, 48x32, 6 frames, 0.60 s" in result.stdout
    assert "stream 1: audio aac und: copied" in result.stdout


def test_info_for_another_container_as_json(command, clip):
    fields = json.loads(command("info", clip, "--to", ".webm", "--json").stdout)
    assert fields["streams"][0]["action"] == "converted"


def test_info_says_what_a_model_is(command, tiny_run):
    fields = json.loads(command("info", tiny_run, "--json").stdout)
    assert (fields["schema"], fields["training_size"], set(fields["directions"])) == (
        1,
        "32x32",
        {"ab", "ba"},
    )
    assert "trained at     32x32 pixels" in command("info", tiny_run).stdout


def test_info_knows_the_models_of_the_package_by_their_names(command, masked_model, tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "FOLDER", masked_model.parent)
    monkeypatch.chdir(tmp_path)
    result = command("info", masked_model.name, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["model"] == str(masked_model)

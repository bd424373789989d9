import json

import numpy as np
import pytest

import video

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Six frames in six tenths of a second, with sound."""
    path = tmp_path_factory.mktemp("clips") / "in.mp4"
    frames = np.random.default_rng(0).integers(0, 256, (6, 32, 48, 3), dtype=np.uint8)
    video.write_clip(path, frames, 10, samples=np.zeros(26460, np.float32))
    return path


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

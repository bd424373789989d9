import json

import pytest

from cyclegan_tf.errors import ModelError
from cyclegan_tf.inference.info import describe_model, model_text
from cyclegan_tf.inference.large_pictures import whole_pass_bytes
from cyclegan_tf.models.folder import load_generator
from video.core.files import sha256

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture(scope="module")
def fields(tiny_run, shallow_generators):
    return describe_model(tiny_run)


def test_a_model_is_described_by_its_card_and_its_weights(fields, tiny_run):
    direction = fields["directions"]["ab"]
    generator = load_generator(tiny_run / "model", "ab")
    assert (fields["training_size"], fields["precision"]) == ("32x32", "float32")
    assert (direction["architecture"], direction["width"], direction["stride"]) == ("resnet_6blocks", 4, 4)
    assert direction["parameters"] == generator.count_params()
    assert direction["bytes_for_1920x1080"] == whole_pass_bytes(generator, (1080, 1920))
    assert direction["sha256"] == sha256(tiny_run / "model" / "generator_ab.safetensors")
    json.dumps(fields)


@pytest.mark.parametrize("is_finished", [True, False])
def test_a_model_is_of_a_run_that_is_finished_or_not(copied_run, is_finished):
    if not is_finished:
        (copied_run / "summary.json").unlink()
    for path in (copied_run, copied_run / "model"):
        assert describe_model(path)["finished"] is is_finished


def test_a_model_without_a_run_is_neither(copied_run):
    (copied_run / "config.yaml").unlink()
    assert describe_model(copied_run / "model")["finished"] is None


def test_the_text_has_a_line_for_what_there_is_to_know(fields):
    text = model_text(fields)
    for part in (
        "run            finished",
        "A to B         resnet_6blocks, width 4, 3 to 3 channels",
        "instance norm (epsilon 1e-05), symmetric padding, resize upsampling",
        "any size (stride 4); 1920x1080 in one pass takes about",
        "trained at     32x32 pixels",
        "run            tiny",
    ):
        assert part in text


def test_a_model_with_damaged_weights_is_refused(copied_run):
    (copied_run / "model" / "generator_ba.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot read the weights"):
        describe_model(copied_run)

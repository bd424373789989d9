import shlex

import pytest
import tensorflow as tf

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.errors import DivergedError
from cyclegan_tf.training.devices import Devices
from cyclegan_tf.training.step_errors import diverged, lost_host, out_of_memory


def advice(is_saved, *options):
    config = load_config("demo", ["name=horses", "train.learning_rate=0.0002", *options])
    return diverged(config, DivergedError("cycle_a is nan"), is_saved=is_saved).fix


def test_what_has_diverged_goes_on_from_its_checkpoint_at_half_the_rate():
    assert advice(True, "train.precision=float32") == (
        "resume the last checkpoint with a lower rate: "
        "cyclegan-tf fit --resume --name horses --set train.learning_rate=0.0001"
    )


def test_what_diverged_before_a_checkpoint_starts_again():
    assert "start again with --overwrite --set train.learning_rate=0.0001" in advice(False)


@pytest.mark.parametrize(("precision", "named"), [("float32", False), ("float16", True), ("bfloat16", True)])
def test_a_short_number_format_may_be_the_cause(precision, named):
    assert ("train.precision=float32" in advice(True, f"train.precision={precision}")) == named


def test_a_step_too_large_for_the_memory_says_what_makes_it_large():
    class Data:
        image_shape, batch_size = (128, 192, 3), 4

    error = out_of_memory(load_config("demo", ["model.generator_width=64"]), Data)
    assert error.detail == "batches of 4 pictures of 192x128, generators of width 64"


def test_a_lost_host_is_told_with_the_command_that_starts_all_again():
    error = lost_host(
        load_config("demo", ["name=horses"]),
        Devices(),
        tf.errors.UnavailableError(None, None, "gone"),
        " after step 3",
    )
    assert error.what == "another host was lost after step 3"
    assert shlex.split(error.fix.partition(" with ")[2])[:3] == ["cyclegan-tf", "fit", "--resume"]

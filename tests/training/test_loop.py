"""Two devices take the steps of one that has the whole batch.

TensorFlow divides the processor only before it computes, so a process of its own does it, once for all tests.
"""

import json
import os
import subprocess
import sys

import pytest

CODE = """
import json, sys
from pathlib import Path
import keras, numpy as np, tensorflow as tf
from cyclegan_tf.config.schema import TrainConfig
from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.images.preprocess import Preprocess
from cyclegan_tf.networks import specs
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec, LossSettings
from cyclegan_tf.training.callbacks import LossLog
from cyclegan_tf.training.checkpoint import Checkpoints, training_state
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.devices import Devices, choose_devices
from cyclegan_tf.training.loop import train_together
from cyclegan_tf.training.optimizers import adam

specs.RESNET_BLOCKS["resnet_6blocks"] = 1
two = choose_devices(TrainConfig(device="cpu", devices=2))
# The few steps are done before a graph would be traced; faults/test_host_rows.py has graphs.
tf.config.run_functions_eagerly(True)
random = np.random.default_rng(0)
pictures = [random.integers(0, 256, (24, 24, 3), np.uint8) for _ in range(7)]
preprocess = Preprocess("none", 24, 24, multiple_of=4, at_least=16)


def data(batch_size):
    return UnpairedImages(pictures[:4], pictures[4:], preprocess, batch_size, 5)


def make(devices, history_size, dtype="float32"):
    keras.utils.set_random_seed(3)
    # The gradient penalty and the identity loss of every second step need draws and the step's number.
    losses = LossSettings(adversarial="wgan_gp", identity_every=2)
    with devices.scope():
        model = CycleGAN(
            GeneratorSpec("resnet_6blocks", width=4),
            DiscriminatorSpec(width=4, num_layers=1),
            losses, dtype=dtype, ema_decay=0.9, seed=5,
        )
        optimizers = [adam(2e-5, 0.5, 0.999, loss_scaling=dtype == "mixed_float16") for _ in range(2)]
        model.compile(*optimizers, image_size=(24, 24), history_size=history_size)
    return model


def together(model, stop):
    seen = []
    keep = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs))
    rate = LossLog(1, stop, [lambda step, values: rates.append(values["learning_rate"])])
    train_together(model, two.batches(data(1), 0, stop), [keep, rate], two.strategy)
    return seen


def difference(ones, others):
    return max(float(np.abs(ones[name] - others[name]).max()) for name in ones)


def values(state):
    return {name: np.asarray(variable.numpy(), np.float64) for name, variable in state.items()}


found, rates = {}, []
alone = make(Devices(), 0)
expected = [alone.train_step(batch) for batch in data(2).dataset(0, 5)]
found["alone"] = [{name: float(value) for name, value in step.items()} for step in expected]
model = make(two, 0)
found["together"] = together(model, 5)
# By what they give: a normalization removes most biases, whose gradient is the noise of rounding.
picture = random.uniform(-1, 1, (1, 24, 24, 3)).astype(np.float32)
shown = [each.ema_generator_ab(picture).numpy() for each in (alone, model)]
found["averages_apart"] = float(np.abs(shown[0] - shown[1]).max())
copies = [
    [part.numpy() for part in two.local(weight.value)] for weight in model.generator_ab.weights
]
found["copies_apart"] = max(float(np.abs(one - other).max()) for one, other in copies)

# Half-precision, whose loss scale watches for overflows; and histories, of each replica its own.
model = make(two, 2, "mixed_float16")
found["float16"] = together(model, 2)
found["iterations"] = int(tf.convert_to_tensor(model.generator_optimizer.iterations.value))
folder = Path(sys.argv[1])
state = training_state(model, two)
Checkpoints(folder, 1, two).save(model)
state = values(state)
found["format"] = json.loads((folder / "step-00000002" / "checkpoint.json").read_text())["format"]
found["counts"] = [int(state[f"history_a/{part}count"]) for part in ("", "replica_1/")]
found["histories_apart"] = difference(
    {"x": state["history_a/images"]}, {"x": state["history_a/replica_1/images"]}
)
again = make(two, 2, "mixed_float16")
Checkpoints(folder, 1, two).restore_latest(again)
found["restored_apart"] = difference(state, values(training_state(again, two)))
single = make(Devices(), 2)
Checkpoints(folder, 1).restore_latest(single)
kept = values(training_state(single))
found["count_alone"] = int(kept["history_a/count"])
shared = [name for name in kept if "history" not in name]
found["alone_apart"] = difference({n: kept[n] for n in shared}, {n: state[n] for n in shared})
alone_saved = Checkpoints(folder / "alone", 1).save(single)
found["format_alone"] = json.loads((alone_saved / "checkpoint.json").read_text())["format"]
Checkpoints(folder / "alone", 1, two).restore_latest(again)
dealt = values(training_state(again, two))
found["dealt"] = [int(dealt[f"history_b/{part}count"]) for part in ("", "replica_1/")]
found["rates"] = rates
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    environment = {name: value for name, value in os.environ.items() if name != "TF_CONFIG"}
    child = subprocess.run(
        [sys.executable, "-c", CODE, folder], capture_output=True, text=True, env=environment
    )
    assert child.returncode == 0, child.stderr[-4000:]
    return json.loads(child.stdout.splitlines()[-1])


pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
# Of the steps: what rounding makes of the first ones grows in the next, as docs/scaling.md measured it.
TOLERANCES = (1e-5, 1e-5, 1e-4, 1e-3, 1e-3)


def test_two_devices_have_the_losses_of_one_with_the_whole_batch_for_five_steps(found):
    assert [len(found[name]) for name in ("alone", "together")] == [5, 5]
    for alone, together, tolerance in zip(found["alone"], found["together"], TOLERANCES):
        # The adversarial losses are means of logits of either sign, so near 0.
        assert together == pytest.approx(alone, rel=tolerance, abs=1e-7)


def test_callbacks_see_the_step_and_the_rate_of_several_devices(found):
    assert found["rates"] == pytest.approx([2e-5] * 7)


def test_two_devices_have_the_averages_of_one(found):
    assert found["averages_apart"] < 1e-4


def test_the_copies_of_a_weight_are_the_same_on_every_device(found):
    assert found["copies_apart"] == 0


def test_float16_scales_the_loss_of_all_devices_alike(found):
    losses = [
        {name: value for name, value in step.items() if "norm" not in name} for step in found["float16"]
    ]
    assert losses[0]["cycle_a"] == pytest.approx(found["alone"][0]["cycle_a"], rel=1e-2)
    assert found["iterations"] in (1, 2)


def test_each_device_has_a_history_of_its_own_in_the_checkpoint(found):
    assert found["counts"] == [2, 2]
    assert found["histories_apart"] > 0.01


def test_a_checkpoint_gives_two_devices_everything_back(found):
    assert found["restored_apart"] == 0


def test_a_checkpoint_of_two_devices_goes_on_on_one_and_the_other_way_round(found):
    assert found["alone_apart"] == 0
    assert found["count_alone"] == 2
    assert found["dealt"] == [1, 1]


def test_only_a_checkpoint_of_several_devices_is_of_a_newer_format(found):
    assert (found["format"], found["format_alone"]) == (2, 1)

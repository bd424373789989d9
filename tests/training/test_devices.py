import json

import pytest
import tensorflow as tf

from cyclegan_tf.config.schema import TrainConfig
from cyclegan_tf.errors import MachineError, UsageError
from cyclegan_tf.training.devices import Devices, choose_devices, count_devices, reason

TWO_HOSTS = {"cluster": {"worker": ["one:2222", "two:2222"]}, "task": {"type": "worker", "index": 1}}


@pytest.fixture(autouse=True)
def one_host(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)


@pytest.fixture
def no_gpu():
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has a GPU")


def test_a_run_has_one_device_and_no_strategy_unless_told_otherwise():
    devices = choose_devices(TrainConfig())
    assert (devices.strategy, devices.count, list(devices.own)) == (None, 1, [0])
    assert devices.agree(3) == 3


@pytest.mark.usefixtures("no_gpu")
def test_all_devices_of_a_machine_without_gpus_are_its_processor():
    assert choose_devices(TrainConfig(devices="all")).strategy is None


@pytest.mark.usefixtures("no_gpu")
def test_more_devices_than_there_are_gpus_are_refused_with_a_way_to_try_it_out():
    with pytest.raises(MachineError, match="not as many devices") as caught:
        choose_devices(TrainConfig(devices=2))
    assert "TensorFlow sees 0 GPUs" in caught.value.detail
    assert "--devices 2 --set train.device=cpu" in caught.value.fix


def test_the_devices_of_all_hosts_are_counted_without_connecting_them(monkeypatch):
    assert count_devices(TrainConfig(device="cpu", devices=3)) == 3
    monkeypatch.setenv("TF_CONFIG", json.dumps(TWO_HOSTS))
    assert count_devices(TrainConfig(device="cpu")) == 2


@pytest.mark.usefixtures("no_gpu")
def test_the_processor_of_each_of_several_hosts_is_one_device(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", json.dumps(TWO_HOSTS))
    with pytest.raises(MachineError, match="not as many devices"):
        count_devices(TrainConfig(device="cpu", devices=2))


def test_devices_cannot_be_divided_after_tensorflow_has_computed():
    tf.constant(1)
    if len(tf.config.list_logical_devices("CPU")) > 1:
        pytest.skip("the processor is divided already")
    with pytest.raises(UsageError, match="already chosen its devices") as caught:
        choose_devices(TrainConfig(device="cpu", devices=2))
    assert "new process" in caught.value.fix


def test_one_device_has_the_data_sets_own_batches_and_variables():
    class Data:
        def dataset(self, *steps):
            return steps

    variable = tf.Variable(1.0)
    assert Devices().batches(Data(), 2, 5) == (2, 5)
    assert Devices().local(variable)[0] is variable


@pytest.mark.parametrize(
    "message",
    [
        "{{function_node __wrapped__X}} Collective ops is aborted by: a host\nmore [Op:X]",
        "Graph execution error:\n\nDetected at node X\nCollective ops is aborted by: a host\n[[{{node X}}]]",
    ],
)
def test_the_reason_of_an_error_is_the_line_that_says_it(message):
    error = tf.errors.UnavailableError(None, None, message)
    assert reason(error) == "Collective ops is aborted by: a host"

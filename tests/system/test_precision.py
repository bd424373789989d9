import pytest
import tensorflow as tf

from cyclegan_tf.errors import MachineError
from cyclegan_tf.system import processor
from cyclegan_tf.system.precision import POLICIES, choose_device, resolve_precision


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Pretends a machine: its GPU's compute capability or None, and its CPU's flags."""

    def pretend(capability=None, flags=""):
        gpus = ["gpu"] if capability else []
        description = tmp_path / "cpuinfo"
        description.write_text(f"processor : 0\nflags\t\t: fpu avx2 {flags}\nbugs : none\n")
        monkeypatch.setattr(processor, "_DESCRIPTION", description)
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
        monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: gpus)
        details = {"compute_capability": capability}
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)

    return pretend


@pytest.mark.parametrize("requested", ["float32", "bfloat16", "float16"])
def test_what_is_asked_for_is_taken_on_any_machine(machine, requested):
    machine()
    assert resolve_precision(requested) == requested


@pytest.mark.parametrize(
    ("capability", "chosen"),
    [
        ((6, 1), "float32"),
        ((7, 0), "float16"),
        ((7, 5), "float16"),
        ((8, 0), "bfloat16"),
        ((9, 0), "bfloat16"),
    ],
)
def test_a_gpu_computes_in_the_short_format_it_has_units_for(machine, capability, chosen):
    machine(capability)
    assert resolve_precision("auto") == chosen


@pytest.mark.parametrize(
    ("flags", "chosen"),
    [("", "float32"), ("avx512f", "float32"), ("avx512_bf16", "bfloat16"), ("amx_tile amx_bf16", "bfloat16")],
)
def test_a_cpu_computes_in_bfloat16_only_if_it_has_instructions_for_it(machine, flags, chosen):
    machine(flags=flags)
    assert resolve_precision("auto") == chosen


def test_a_machine_that_does_not_describe_its_cpu_computes_in_float32(machine, monkeypatch, tmp_path):
    machine()
    monkeypatch.setattr(processor, "_DESCRIPTION", tmp_path / "nothing")
    assert resolve_precision("auto") == "float32"


@pytest.mark.parametrize("name", POLICIES)
def test_every_format_has_a_keras_policy_with_float32_variables(name):
    import keras

    policy = keras.DTypePolicy(POLICIES[name])
    assert (policy.compute_dtype, policy.variable_dtype) == (name, "float32")


def test_a_gpu_that_is_asked_for_and_missing_is_an_error_with_a_way_out(machine):
    machine()
    with pytest.raises(MachineError, match="no GPU") as caught:
        choose_device("gpu")
    assert caught.value.exit_code == 8
    assert "train.device=auto" in caught.value.fix


@pytest.mark.parametrize("requested", ["auto", "cpu"])
def test_a_machine_without_gpu_serves_the_other_requests(machine, requested):
    machine()
    assert choose_device(requested) is None


def test_a_gpu_is_hidden_from_a_run_on_the_cpu(machine, monkeypatch):
    machine((8, 0))
    hidden = []
    monkeypatch.setattr(tf.config, "set_visible_devices", lambda *arguments: hidden.append(arguments))
    choose_device("cpu")
    assert hidden == [([], "GPU")]

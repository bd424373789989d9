import numpy as np
import pytest
import tensorflow as tf
from safetensors.numpy import save

from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.weights import assign_arrays, load_arrays, network_variables, save_arrays, size_bytes
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import GeneratorSpec

pytestmark = pytest.mark.usefixtures("shallow_generators")


def variables(**values):
    return {name: tf.Variable(value) for name, value in values.items()}


def values_of(variables):
    return {name: variable.numpy().tolist() for name, variable in variables.items()}


def test_variables_come_back_bit_by_bit(tmp_path):
    random = np.random.default_rng(0)
    saved = variables(a=random.normal(size=(3, 4)).astype("f"), step=np.int64(2**40), flag=np.int32(7))
    save_arrays(tmp_path / "file", saved)
    loaded = load_arrays(tmp_path / "file")
    assert {name: array.dtype for name, array in loaded.items()} == {"a": "f4", "step": "i8", "flag": "i4"}
    restored = variables(a=np.zeros((3, 4), "f"), step=np.int64(0), flag=np.int32(0))
    assign_arrays(restored, loaded, tmp_path / "file")
    assert values_of(restored) == values_of(saved)


def test_the_order_in_memory_does_not_matter(tmp_path):
    class Transposed:
        def numpy(self):
            return np.arange(6.0).reshape(2, 3).T

    save_arrays(tmp_path / "file", {"a": Transposed()})
    assert load_arrays(tmp_path / "file")["a"].tolist() == [[0, 3], [1, 4], [2, 5]]


def test_every_variable_of_a_network_has_a_name_of_its_own():
    network = build_generator(GeneratorSpec("resnet_6blocks", width=2, norm_affine=True), "generator_ab")
    named = network_variables(network)
    assert len(named) == len(network.variables)
    assert "first_conv/kernel" in named
    assert "first_norm/gamma" in named


def test_the_names_do_not_depend_on_the_networks_name():
    spec = GeneratorSpec("resnet_6blocks", width=2)
    one, other = (build_generator(spec, name) for name in ("generator_ab", "something_else"))
    assert list(network_variables(one)) == list(network_variables(other))


def test_the_size_follows_from_shapes_and_types(tmp_path):
    saved = variables(a=np.zeros((100, 50), "f"), b=np.zeros(10, np.int64))
    assert size_bytes(saved) == 100 * 50 * 4 + 10 * 8
    save_arrays(tmp_path / "file", saved)
    assert 0 <= (tmp_path / "file").stat().st_size - size_bytes(saved) < 1000


@pytest.mark.parametrize(
    "content",
    [b"<html><body>404</body></html>", b"\xff" * 8, save({"a": np.zeros(100, "f")})[:-1]],
    ids=["html", "absurd_header_size", "cut_short"],
)
def test_what_is_not_a_whole_safetensors_file_is_refused_with_its_size(tmp_path, content):
    path = tmp_path / "weights"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=f"cannot read the weights in {path}") as caught:
        load_arrays(path)
    assert f"found {len(content)} bytes" in caught.value.detail
    assert caught.value.fix


def test_a_missing_file_is_called_missing(tmp_path):
    with pytest.raises(ModelError, match="no weights at .*nowhere"):
        load_arrays(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("arrays", "detail"),
    [
        ({"a": np.ones(3, "f")}, "expected 'b' of shape (2, 2); it is not there"),
        ({"a": np.ones(4, "f"), "b": np.ones((5, 2), "f")}, "'a': expected shape (3,); found (4,)"),
        ({"a": np.ones(3, "f"), "b": np.ones((2, 2), "f"), "c": np.ones(1, "f")}, "found 'c'"),
    ],
    ids=["missing", "other_shape", "one_too_many"],
)
def test_arrays_of_another_architecture_are_refused_by_the_first_that_does_not_fit(tmp_path, arrays, detail):
    target = variables(a=np.zeros(3, "f"), b=np.zeros((2, 2), "f"))
    with pytest.raises(ModelError, match="another architecture in .*weights") as caught:
        assign_arrays(target, arrays, tmp_path / "weights")
    assert detail in caught.value.detail
    assert caught.value.fix


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_numbers_that_are_not_finite_are_refused_by_name(tmp_path, bad):
    target = variables(a=np.zeros(3, "f"))
    with pytest.raises(ModelError, match="not finite in .*weights") as caught:
        assign_arrays(target, {"a": np.array([0, bad, 0], "f")}, tmp_path / "weights")
    assert "'a'" in caught.value.detail


@pytest.mark.parametrize(
    "last", [np.full(2, np.nan, "f"), np.ones(3, "f")], ids=["not_finite", "other_shape"]
)
def test_nothing_is_assigned_unless_everything_fits(tmp_path, last):
    target = variables(a=np.zeros(3, "f"), b=np.zeros(2, "f"))
    with pytest.raises(ModelError):
        assign_arrays(target, {"a": np.ones(3, "f"), "b": last}, tmp_path / "weights")
    assert values_of(target) == {"a": [0, 0, 0], "b": [0, 0]}

import numpy as np
import pytest

from cyclegan_tf.containers.stored import Refused
from cyclegan_tf.importers.modules import find_modules

# Unequal sides, so that two axes that are exchanged are seen.
TORCH_KERNEL = np.arange(4 * 3 * 2 * 5, dtype=np.float32).reshape(4, 3, 2, 5)


def test_arrays_are_grouped_by_module_in_the_order_of_their_first_appearance(stored):
    arrays = {
        "b.weight": np.zeros((1, 1, 1, 1)),
        "a.weight": np.ones(2),
        "b.bias": np.zeros(1),
        "a.bias": np.ones(2),
    }
    modules = find_modules(stored(arrays), "torch")
    assert [(module.name, sorted(module.arrays)) for module in modules] == [
        ("b", ["bias", "kernel"]),
        ("a", ["offset", "scale"]),
    ]


def test_a_kernel_of_pytorch_is_put_in_the_layout_of_keras(stored):
    (module,) = find_modules(stored({"conv.weight": TORCH_KERNEL}), "torch")
    assert module.kernel_shape == module.kernel().shape == (2, 5, 3, 4)
    assert module.stored_shape(module.kernel_shape) == (4, 3, 2, 5)
    assert module.kernel()[1, 2, 0, 3] == TORCH_KERNEL[3, 0, 1, 2]


def test_a_kernel_of_keras_stays_as_it_is(stored):
    (module,) = find_modules(stored({"conv2d/kernel:0": TORCH_KERNEL}), "keras")
    np.testing.assert_array_equal(module.kernel(), TORCH_KERNEL)
    assert module.stored_shape((4, 3, 2, 5)) == (4, 3, 2, 5)


def test_scale_and_offset_are_known_by_any_of_their_usual_names(stored):
    named = stored(
        {"n/gamma:0": np.ones(2), "n/beta:0": np.zeros(2), "m/scale": np.ones(3), "m/offset": np.ones(3)}
    )
    assert [set(module.arrays) for module in find_modules(named, "keras")] == [{"scale", "offset"}] * 2


def test_running_statistics_are_noted_and_left_out(stored):
    arrays = {
        "n.running_mean": np.zeros(2),
        "n.running_var": np.ones(2),
        "n.num_batches_tracked": np.array(3),
    }
    (module,) = find_modules(stored(arrays), "torch")
    assert (module.arrays, module.has_running_statistics) == ({}, True)


@pytest.mark.parametrize(
    ("arrays", "found"),
    [
        ({"fc.weight": np.zeros((2, 2))}, "'fc weight' of shape (2, 2)"),
        ({"attention.gamma": np.zeros(1)}, "'attention gamma' of shape (1,)"),
        ({"n.weight": np.zeros(8)}, "'n' with only a scale or only an offset"),
    ],
    ids=["matrix", "unknown name", "scale only"],
)
def test_an_array_that_no_generator_has_is_named(stored, arrays, found):
    with pytest.raises(Refused) as caught:
        find_modules(stored(arrays), "torch")
    assert found in str(caught.value)

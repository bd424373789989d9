"""Networks of other programs are recognised by their structure."""

from dataclasses import replace

import numpy as np
import pytest

from cyclegan_tf.importers.matching import NotFinite
from cyclegan_tf.importers.pairing import Mismatch
from cyclegan_tf.networks.specs import GeneratorSpec

SPEC = GeneratorSpec("resnet_6blocks", width=2)


@pytest.fixture
def arrays(torch_files):
    """The weights of SPEC in the PyTorch reference's names."""
    return torch_files.torch_arrays(SPEC)


def renamed(arrays, rename):
    return {rename(name): array for name, array in arrays.items()}


def assert_equal(found, expected):
    assert {name: array.dtype for name, array in found.items()} == dict.fromkeys(expected, np.float32)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


@pytest.mark.parametrize("architecture", ["resnet_6blocks", "resnet_9blocks", "unet_128", "unet_256"])
@pytest.mark.parametrize(("norm_affine", "upsampling"), [(False, "transposed"), (True, "resize")])
def test_every_generator_is_recognised_by_its_weights(
    match, torch_files, architecture, norm_affine, upsampling
):
    spec = GeneratorSpec(architecture, 3, 1, width=2, norm_affine=norm_affine, upsampling=upsampling)
    arrays = torch_files.torch_arrays(spec)
    found = match(arrays)
    assert found.spec == spec
    assert_equal(found.read(), torch_files.ours(spec, arrays))
    assert found.num_parameters == sum(array.size for array in arrays.values())


def test_transposed_convolutions_of_kernel_4_are_recognised_by_their_shape(match, torch_files):
    spec = GeneratorSpec("resnet_6blocks", width=2, upsampling="transposed_4")
    arrays = torch_files.torch_arrays(spec)
    assert match(arrays).spec == spec


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: f"module.{name}",
        lambda name: f"_orig_mod.module.net.{name}",
        lambda name: name.replace("model.", "encoder_decoder.stage_"),
        # Dropout in a residual block moves the second convolution by one.
        lambda name: name.replace("model.12.", "model.12.conv_block.6."),
    ],
    ids=["data_parallel", "compiled", "fork", "dropout"],
)
def test_names_do_not_matter(match, torch_files, arrays, rename):
    assert_equal(match(renamed(arrays, rename)).read(), torch_files.ours(SPEC, arrays))


def test_names_in_the_order_of_letters_are_put_in_the_order_of_numbers(match, torch_files, arrays):
    shuffled = {name: arrays[name] for name in sorted(arrays)}
    assert list(shuffled) != list(arrays)
    assert_equal(match(shuffled).read(), torch_files.ours(SPEC, arrays))


def test_the_bias_may_stand_before_the_kernel(match, torch_files, arrays):
    swapped = {name: arrays[name] for pair in zip(*[iter(arrays)] * 2) for name in reversed(pair)}
    assert_equal(match(swapped).read(), torch_files.ours(SPEC, arrays))


def test_biases_left_out_before_a_normalization_are_zeros(match, torch_files):
    arrays = torch_files.torch_arrays(SPEC, bias=False)
    found = match(arrays).read()
    assert not found["first_conv/bias"].any()
    np.testing.assert_array_equal(found["last_conv/bias"], list(arrays.values())[-1])


@pytest.mark.parametrize("norm_affine", [False, True])
def test_running_statistics_are_ignored_and_noted(match, torch_files, norm_affine):
    spec = replace(SPEC, norm_affine=norm_affine)
    found = match(torch_files.torch_arrays(spec, running=True))
    assert (found.spec, found.ignores_statistics) == (spec, True)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("model.15.weight", np.nan),
        ("model.15.bias", np.inf),
        ("model.16.weight", -np.inf),
        ("model.16.bias", np.nan),
    ],
)
def test_row_42_weights_that_are_not_finite_are_refused_by_name(match, torch_files, name, wrong):
    arrays = torch_files.torch_arrays(replace(SPEC, norm_affine=True))
    arrays[name].reshape(-1)[-1] = wrong
    with pytest.raises(NotFinite, match=f"'{name.rpartition('.')[0]}' contains NaN or infinity"):
        match(arrays).read()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            lambda arrays: arrays.update({"model.3.bias": np.zeros(5)}),
            "expected a bias of shape (4,); found (5,)",
        ),
        (lambda arrays: arrays.update({"n.weight": np.ones(2), "n.bias": np.ones(2)}), "1 normalizations"),
        (
            lambda arrays: arrays.update({"model.0.weight": np.zeros((2, 3, 5, 5))}),
            "a ResNet generator begins with",
        ),
        (lambda arrays: arrays.update({"model.0.weight": np.zeros((0, 3, 7, 7))}), "without elements"),
        (lambda arrays: arrays.clear(), "no convolutions"),
    ],
)
def test_what_no_generator_has_is_named(match, arrays, change, found):
    change(arrays)
    with pytest.raises(Mismatch) as caught:
        match(arrays)
    assert found in str(caught.value)


def test_a_discriminator_is_called_one(match):
    channels = [3, 4, 8, 16, 32, 1]
    arrays = {
        f"model.{place}.weight": np.zeros((out, given, 4, 4))
        for place, (given, out) in enumerate(zip(channels, channels[1:]))
    }
    with pytest.raises(Mismatch, match="5 convolutions of 4 by 4, as a discriminator has"):
        match(arrays)


def keras_arrays(torch_files, spec, *, by_number=False):
    """The weights of a generator as Keras names them: each kind of layer is numbered separately."""
    expected, arrays, counts = torch_files.ours(spec, torch_files.torch_arrays(spec)), {}, {}
    for name, array in expected.items():
        layer, variable = name.split("/")
        kind = "instance_normalization" if layer.endswith("norm") else "conv2d"
        if layer.startswith("up_") and kind == "conv2d" and spec.upsampling == "transposed":
            kind = "conv2d_transpose"
        if variable in ("kernel", "gamma"):
            counts[kind] = counts.get(kind, -1) + 1
        place = f"{kind}_{counts[kind]}" if counts[kind] else kind
        number = {"kernel": 0, "gamma": 0, "bias": 1, "beta": 1}[variable]
        arrays[f"layers/{place}/vars/{number}" if by_number else f"{place}/{place}/{variable}:0"] = array
    from video.core.names import natural_order

    return {name: arrays[name] for name in sorted(arrays, key=natural_order)}, expected


@pytest.mark.parametrize(
    ("architecture", "upsampling", "by_number"),
    [
        ("resnet_6blocks", "transposed", False),
        ("resnet_6blocks", "resize", True),
        ("resnet_9blocks", "transposed", True),
        ("resnet_9blocks", "resize", False),
    ],
)
def test_keras_layers_are_put_in_order_by_kind_and_number(
    match, torch_files, architecture, upsampling, by_number
):
    spec = GeneratorSpec(architecture, 1, 3, width=2, norm_affine=True, upsampling=upsampling)
    arrays, expected = keras_arrays(torch_files, spec, by_number=by_number)
    found = match(arrays, "keras")
    assert found.spec == replace(spec, norm_epsilon=1e-3, padding="same")
    assert_equal(found.read(), expected)


def test_a_unet_of_keras_is_refused_since_its_skips_are_unknown(match, torch_files):
    arrays, _ = keras_arrays(torch_files, GeneratorSpec("unet_128", width=2))
    with pytest.raises(Mismatch, match="implementations differ in what their skip connections carry"):
        match(arrays, "keras")


def test_keras_batch_normalization_is_refused(match, torch_files):
    arrays, _ = keras_arrays(torch_files, replace(SPEC, norm_affine=True))
    name = "instance_normalization_3/instance_normalization_3/moving_mean:0"
    with pytest.raises(Mismatch, match="batch normalization"):
        match(arrays | {name: np.zeros(8, np.float32)}, "keras")


def test_row_41_a_shape_of_keras_is_reported_in_the_layout_of_keras(match, torch_files):
    arrays, _ = keras_arrays(torch_files, replace(SPEC, norm_affine=True))
    arrays["conv2d_4/conv2d_4/kernel:0"] = np.zeros((3, 3, 8, 9), np.float32)
    with pytest.raises(Mismatch, match=r"expected a kernel of shape \(3, 3, 8, 8\); found \(3, 3, 8, 9\)"):
        match(arrays, "keras")

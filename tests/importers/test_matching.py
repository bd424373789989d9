"""Networks of other programs are known by their structure, and told by the first layer that differs."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from cyclegan_tf.importers.matching import NotFinite, match_generator
from cyclegan_tf.importers.modules import find_modules
from cyclegan_tf.importers.pairing import Misfit
from cyclegan_tf.networks.specs import GeneratorSpec

SPEC = GeneratorSpec("resnet_6blocks", width=2)
ARCHITECTURES = ("resnet_6blocks", "resnet_9blocks", "unet_128", "unet_256")


@pytest.fixture
def match(stored):
    return lambda arrays, layout="torch": match_generator(stored(arrays), layout)


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


@pytest.mark.parametrize(
    ("architecture", "norm_affine", "upsampling"),
    list(product(ARCHITECTURES, (False, True), ("transposed", "resize"))),
)
def test_every_generator_is_known_by_its_weights(match, torch_files, architecture, norm_affine, upsampling):
    spec = GeneratorSpec(architecture, 3, 1, width=2, norm_affine=norm_affine, upsampling=upsampling)
    arrays = torch_files.torch_arrays(spec)
    found = match(arrays)
    assert found.spec == spec
    assert_equal(found.read(), torch_files.ours(spec, arrays))
    assert found.num_parameters == sum(array.size for array in arrays.values())


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
def test_running_statistics_are_ignored_and_said(match, torch_files, norm_affine):
    spec = replace(SPEC, norm_affine=norm_affine)
    found = match(torch_files.torch_arrays(spec, running=True))
    assert (found.spec, found.ignores_statistics) == (spec, True)


def test_nothing_is_said_where_there_are_no_running_statistics(match, arrays):
    assert not match(arrays).ignores_statistics


def test_batch_normalization_is_no_instance_normalization(match, torch_files):
    arrays = torch_files.torch_arrays(replace(SPEC, norm_affine=True), running=True, bias=False)
    with pytest.raises(Misfit, match="a batch normalization; expected instance normalization"):
        match(arrays)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["model.15.weight", "model.15.bias", "model.16.weight", "model.16.bias"])
def test_row_42_weights_that_are_no_numbers_are_refused_by_name(match, torch_files, name, wrong):
    arrays = torch_files.torch_arrays(replace(SPEC, norm_affine=True))
    arrays[name].reshape(-1)[-1] = wrong
    with pytest.raises(NotFinite, match=f"'{name.rpartition('.')[0]}' holds NaN or infinity"):
        match(arrays).read()


def test_row_41_the_first_layer_that_differs_is_named_with_both_shapes(match, arrays):
    arrays["model.15.weight"] = np.zeros((9, 8, 3, 3), np.float32)
    with pytest.raises(Misfit) as caught:
        match(arrays)
    text = "'model.15', our 'block_2_conv_1': expected a kernel of shape (8, 8, 3, 3); found (9, 8, 3, 3)"
    assert text in str(caught.value)


def test_row_41_a_transposed_kernel_is_told_from_one_that_is_not(match, arrays):
    # As "resize" would have it; then the next one is not as "resize" would have it.
    arrays["model.45.weight"] = arrays["model.45.weight"].transpose(1, 0, 2, 3)
    with pytest.raises(Misfit, match=r"our 'up_1_conv': .* shape \(2, 4, 3, 3\); found \(4, 2, 3, 3\)"):
        match(arrays)


@pytest.mark.parametrize(
    ("num_blocks", "nearest", "found"),
    [(3, 6, 12), (5, 6, 16), (7, 9, 20), (8, 9, 22), (10, 9, 26), (12, 9, 30)],
)
def test_row_41_another_number_of_blocks_is_told_by_counts(
    match, torch_files, monkeypatch, num_blocks, nearest, found
):
    from cyclegan_tf.networks import specs

    with monkeypatch.context() as patch:
        patch.setitem(specs.RESNET_BLOCKS, "resnet_6blocks", num_blocks)
        arrays = torch_files.torch_arrays(SPEC)
    with pytest.raises(Misfit) as caught:
        match(arrays)
    assert f"the file has {found} convolutions, resnet_{nearest}blocks has" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda arrays: arrays.pop("model.51.weight"), "'model.51' with a scale or an offset alone"),
        (
            lambda arrays: arrays.update({"model.3.bias": np.zeros(5)}),
            "expected a bias of shape (4,); found (5,)",
        ),
        (lambda arrays: arrays.update({"fc.weight": np.zeros((2, 2))}), "'fc weight' of shape (2, 2)"),
        (lambda arrays: arrays.update({"attention.gamma": np.zeros(1)}), "'attention gamma' of shape (1,)"),
        (lambda arrays: arrays.update({"n.weight": np.zeros(8)}), "a scale or an offset alone"),
        (lambda arrays: arrays.update({"n.weight": np.ones(2), "n.bias": np.ones(2)}), "1 normalizations"),
        (
            lambda arrays: arrays.update({"model.0.weight": np.zeros((2, 3, 5, 5))}),
            "a ResNet generator begins with",
        ),
        (lambda arrays: arrays.update({"model.0.weight": np.zeros((0, 3, 7, 7))}), "without numbers"),
        (lambda arrays: arrays.clear(), "no convolutions"),
    ],
)
def test_what_no_generator_has_is_named(match, arrays, change, found):
    change(arrays)
    with pytest.raises(Misfit) as caught:
        match(arrays)
    assert found in str(caught.value)


def test_a_norm_of_another_width_is_named_with_both_shapes(match, torch_files):
    arrays = torch_files.torch_arrays(replace(SPEC, norm_affine=True))
    arrays["model.4.bias"] = np.zeros(7, np.float32)
    with pytest.raises(Misfit, match=r"'down_1_norm': expected \(4,\); found \(7,\) \(offset of 'model.4'\)"):
        match(arrays)


def test_a_discriminator_is_called_one(match):
    channels = [3, 4, 8, 16, 32, 1]
    arrays = {
        f"model.{place}.weight": np.zeros((out, given, 4, 4))
        for place, (given, out) in enumerate(zip(channels, channels[1:]))
    }
    with pytest.raises(Misfit, match="5 convolutions of 4 by 4, as a discriminator has"):
        match(arrays)


def keras_arrays(torch_files, spec, *, by_number=False):
    """The weights of a generator as Keras names them: each kind of layer counted for itself."""
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
    from cyclegan_tf.containers.stored import natural_order

    return {name: arrays[name] for name in sorted(arrays, key=natural_order)}, expected


@pytest.mark.parametrize("by_number", [False, True])
@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
@pytest.mark.parametrize("architecture", ["resnet_6blocks", "resnet_9blocks"])
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
    with pytest.raises(Misfit, match="what goes through its skips"):
        match(arrays, "keras")


def test_keras_batch_normalization_is_refused(match, torch_files):
    arrays, _ = keras_arrays(torch_files, replace(SPEC, norm_affine=True))
    name = "instance_normalization_3/instance_normalization_3/moving_mean:0"
    with pytest.raises(Misfit, match="batch normalization"):
        match(arrays | {name: np.zeros(8, np.float32)}, "keras")


def test_row_41_a_shape_of_keras_is_told_in_the_layout_of_keras(match, torch_files):
    arrays, _ = keras_arrays(torch_files, replace(SPEC, norm_affine=True))
    arrays["conv2d_4/conv2d_4/kernel:0"] = np.zeros((3, 3, 8, 9), np.float32)
    with pytest.raises(Misfit, match=r"expected a kernel of shape \(3, 3, 8, 8\); found \(3, 3, 8, 9\)"):
        match(arrays, "keras")


def test_scale_and_offset_are_taken_by_name_under_any_layout(stored):
    named = stored(
        {"n/gamma:0": np.ones(2), "n/beta:0": np.zeros(2), "m/scale": np.ones(3), "m/offset": np.ones(3)}
    )
    assert [set(module.arrays) for module in find_modules(named, "keras")] == [{"scale", "offset"}] * 2

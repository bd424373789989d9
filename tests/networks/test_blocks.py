"""What generators and discriminators have in common: initial weights, dtype policy, size."""

import contextlib
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.layers import InstanceNormalization
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec

# Every way to make a convolution.
SPECS = [
    GeneratorSpec("resnet_6blocks", width=16),
    GeneratorSpec("unet_128", width=16, upsampling="resize"),
    DiscriminatorSpec(width=32),
    DiscriminatorSpec("pixel", width=64),
]
NAMES = ["resnet", "unet with resize", "patch", "pixel"]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (GeneratorSpec("resnet_6blocks"), 7_837_699),
        (GeneratorSpec("resnet_9blocks"), 11_378_179),
        (GeneratorSpec("unet_128"), 41_825_667),
        (GeneratorSpec("unet_256"), 54_409_603),
        (DiscriminatorSpec(), 2_764_737),
    ],
    ids=lambda value: getattr(value, "architecture", None),
)
def test_a_network_of_width_64_has_as_many_parameters_as_the_reference(networks, spec, expected):
    assert networks.build(spec).count_params() == expected


@pytest.mark.parametrize("spec", [GeneratorSpec("resnet_6blocks", width=4), DiscriminatorSpec(width=4)])
def test_an_affine_network_has_two_more_parameters_for_each_normalised_channel(networks, spec):
    plain, affine = networks.build(spec), networks.build(type(spec)(**{**vars(spec), "norm_affine": True}))
    channels = sum(norm.output.shape[-1] for norm in networks.layers_of(plain, InstanceNormalization))
    assert affine.count_params() - plain.count_params() == 2 * channels


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
def test_every_kernel_starts_normal_with_a_deviation_of_two_hundredths_and_every_bias_at_zero(networks, spec):
    for layer in networks.convolutions(networks.build(spec)):
        kernel = layer.kernel.numpy()
        # Five standard errors of a sample; a truncated normal would have 0.0176.
        tolerance = 5 * 0.02 / np.sqrt(2 * kernel.size)
        assert kernel.std() == pytest.approx(0.02, abs=tolerance), layer.name
        assert kernel.mean() == pytest.approx(0.0, abs=5 * 0.02 / np.sqrt(kernel.size)), layer.name
        assert not np.any(layer.bias), layer.name
    kernels = np.concatenate(
        [np.ravel(layer.kernel) for layer in networks.convolutions(networks.build(spec))]
    )
    assert np.abs(kernels).max() > 0.06, "a normal distribution has values beyond three deviations"


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
def test_no_two_convolutions_of_one_or_two_networks_start_from_the_same_numbers(networks, spec):
    starts = [
        np.ravel(layer.kernel)[:8] for _ in range(2) for layer in networks.convolutions(networks.build(spec))
    ]
    for one, other in itertools.combinations(starts, 2):
        assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("spec", "dtype"),
    [
        (GeneratorSpec("resnet_6blocks", width=4), "mixed_bfloat16"),
        (GeneratorSpec("resnet_6blocks", width=4), "mixed_float16"),
        (DiscriminatorSpec(width=4, num_layers=2), "float32"),
        (DiscriminatorSpec(width=4, num_layers=2), "mixed_float16"),
    ],
    ids=lambda value: getattr(value, "architecture", value),
)
def test_weights_and_output_are_float32_under_any_policy(networks, spec, dtype):
    model = networks.build(spec, dtype=dtype)
    assert model(tf.ones((1, 32, 32, 3))).dtype == tf.float32
    assert {weight.dtype for weight in model.weights} == {"float32"}
    computed = {layer.compute_dtype for layer in networks.convolutions(model)}
    assert computed == {keras.DTypePolicy(dtype).compute_dtype}


@pytest.mark.parametrize("width", [4, -1], ids=["built", "failed"])
def test_building_leaves_the_global_policy_as_it_was(networks, width):
    before = keras.config.dtype_policy().name
    with contextlib.suppress(ValueError):
        networks.build(DiscriminatorSpec(width=width), dtype="mixed_bfloat16")
    assert keras.config.dtype_policy().name == before

import pytest

from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec


@pytest.mark.parametrize(
    ("architecture", "stride", "smallest_size"),
    [("resnet_6blocks", 4, 8), ("resnet_9blocks", 4, 8), ("unet_128", 128, 128), ("unet_256", 256, 256)],
)
def test_an_architecture_has_a_stride_and_a_smallest_size(architecture, stride, smallest_size):
    spec = GeneratorSpec(architecture)
    assert (spec.stride, spec.smallest_size) == (stride, smallest_size)


@pytest.mark.parametrize(
    ("spec", "settings", "message"),
    [
        (GeneratorSpec, {"architecture": "resnet_7blocks"}, "Received: 'resnet_7blocks'"),
        (GeneratorSpec, {"upsampling": "bilinear"}, "'transposed' or 'resize'. Received: 'bilinear'"),
        (GeneratorSpec, {"padding": "valid"}, "'symmetric' or 'same'. Received: 'valid'"),
        (GeneratorSpec, {"norm_epsilon": 0.0}, r"norm_epsilon in \(0, 1\). Received: 0.0"),
        (DiscriminatorSpec, {"architecture": "patch"}, "'n_layers' or 'pixel'. Received: 'patch'"),
    ],
)
def test_a_value_that_does_not_exist_is_refused_with_the_ones_that_do(spec, settings, message):
    with pytest.raises(ValueError, match=message):
        spec(**settings)

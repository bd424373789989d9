import pytest

from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec, LossSettings


@pytest.mark.parametrize(
    ("architecture", "stride", "smallest_size"),
    [("resnet_6blocks", 4, 8), ("resnet_9blocks", 4, 8), ("unet_128", 128, 128), ("unet_256", 256, 256)],
)
def test_an_architecture_has_a_stride_and_a_smallest_size(architecture, stride, smallest_size):
    spec = GeneratorSpec(architecture)
    assert (spec.stride, spec.smallest_size) == (stride, smallest_size)


@pytest.mark.parametrize(("num_layers", "pixels"), [(1, 6), (2, 12), (3, 24), (5, 96)])
def test_the_smallest_size_leaves_a_discriminator_exactly_one_patch(num_layers, pixels):
    assert DiscriminatorSpec(num_layers=num_layers).smallest_size == pixels
    size = pixels
    for stride in [2] * num_layers + [1, 1]:
        size = (size + 2 - 4) // stride + 1
    assert size == 1


def test_a_pixel_discriminator_takes_a_pixel():
    assert DiscriminatorSpec("pixel", num_layers=3).smallest_size == 1


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: GeneratorSpec("resnet"), "architecture"),
        (lambda: GeneratorSpec(upsampling="cubic"), "upsampling"),
        (lambda: GeneratorSpec(padding="valid"), "padding"),
        (lambda: DiscriminatorSpec("patch"), "architecture"),
        (lambda: LossSettings("lsgann"), "adversarial"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused_with_those_that_do(make, name):
    with pytest.raises(ValueError, match=f"expected {name} to be one of .* Received: "):
        make()


def test_an_epsilon_of_zero_is_refused():
    with pytest.raises(ValueError, match=r"norm_epsilon in \(0, 1\). Received: 0.0"):
        GeneratorSpec(norm_epsilon=0.0)

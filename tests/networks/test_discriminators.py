import numpy as np
import pytest

from cyclegan_tf.networks.specs import DiscriminatorSpec


def test_a_patch_discriminator_has_the_convolutions_of_the_paper(networks):
    expected = [(4, 2, 4, False), (4, 2, 8, False), (4, 2, 16, False), (4, 1, 32, False), (4, 1, 1, False)]
    assert networks.table(networks.build(DiscriminatorSpec(width=4))) == expected


def test_a_patch_discriminator_stops_widening_at_eight_times_its_width(networks):
    channels = [row[2] for row in networks.table(networks.build(DiscriminatorSpec(width=4, num_layers=5)))]
    assert channels == [4, 8, 16, 32, 32, 32, 1]


@pytest.mark.parametrize(("size", "expected"), [(64, 32), (65, 32), (66, 33)])
def test_a_discriminator_pads_by_one_pixel_on_each_side_at_any_size(networks, size, expected):
    model = networks.build(DiscriminatorSpec(width=4))
    networks.pass_one_pixel_through(model.get_layer("layer_1_conv"), 1, 1)
    picture = np.random.default_rng(0).random((size, size), np.float32)
    # At an odd size 'same' would pad otherwise and take the odd pixels.
    small = networks.through(model, ["layer_1_conv_pad", "layer_1_conv"], picture)
    np.testing.assert_array_equal(small, picture[::2, ::2][:expected, :expected])


@pytest.mark.parametrize(
    ("spec", "size", "expected"),
    [
        (DiscriminatorSpec(width=4), 256, 30),
        (DiscriminatorSpec(width=4), 128, 14),
        (DiscriminatorSpec(width=4, num_layers=1), 256, 126),
        (DiscriminatorSpec(width=4, num_layers=2), 256, 62),
        (DiscriminatorSpec(width=4, num_layers=5), 256, 6),
        (DiscriminatorSpec("pixel", width=4), 256, 256),
    ],
)
def test_a_discriminator_returns_one_logit_for_each_patch(networks, spec, size, expected):
    assert networks.build(spec).compute_output_shape((1, size, size, 3)) == (1, expected, expected, 1)

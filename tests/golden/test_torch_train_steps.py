"""Two training steps from PyTorch's initial weights, beside its results, which make_torch_golden.py made."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.optimizers import adam

# Adam divides a gradient by its own size, so where a gradient is next to nothing its rounding decides the
# update, and what follows differs between processors. With AVX2 all was within 1e-5; with AVX-512 losses were
# within 4e-5, fakes within 9e-5, weights within 2e-5. A wrong rate shows in how far kernels moved.
LOSSES_WITHIN, FAKES_WITHIN = (1e-5, 1e-4), (1e-5, 2e-4)
# An eighth of what two steps of Adam can move a weight, so a wrong sign shows.
WEIGHTS_WITHIN = 5e-5
# A normalization removes the bias of the convolution before it: its gradient is the noise of rounding.
BIASES_THAT_COUNT = ("layer_1_conv", "last_conv")
# The first and the last convolution of a generator or a discriminator: torch.npz holds what became of them.
ENDS = ("first_conv", "layer_1_conv", "last_conv")


@pytest.fixture(scope="module")
def initial(torch_numbers, draw_weights, names):
    """The arrays that each network began with, by the reference's names."""
    return {
        name: draw_weights(torch_numbers[f"steps/{name}/arrays"], seed)
        for seed, name in enumerate(names.networks)
    }


@pytest.fixture(scope="module")
def run(initial, draw_pictures, load_reference, names):
    """Our two steps: the model at their end, and the losses and fakes of each."""
    model = CycleGAN(GeneratorSpec("resnet_6blocks", width=8), DiscriminatorSpec(width=8), ema_decay=0)
    for name, ours in names.networks.items():
        arrays = {f"{name}/{key}": array for key, array in initial[name].items()}
        load_reference(getattr(model, ours), arrays, name)
    model.compile(adam(2e-4, 0.5, 0.999), adam(2e-4, 0.5, 0.999), image_size=(32, 32))
    fakes, losses = [], []
    for step in range(2):
        real_a, real_b = (tf.constant(draw_pictures((32, 32), seed + step)) for seed in (10, 20))
        fakes.append({"fake_a": model.generator_ba(real_b), "fake_b": model.generator_ab(real_a)})
        losses.append({name: float(value) for name, value in model.train_step((real_a, real_b)).items()})
    return SimpleNamespace(model=model, fakes=fakes, losses=losses)


@pytest.mark.parametrize("step", [0, 1])
def test_the_losses_of_a_step_equal_those_of_pytorch(torch_numbers, names, run, step):
    expected = {
        ours: float(torch_numbers[f"steps/{step}/loss/{theirs}"]) for theirs, ours in names.losses.items()
    }
    assert {name: run.losses[step][name] for name in expected} == pytest.approx(
        expected, rel=LOSSES_WITHIN[step]
    )


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize("fake", ["fake_a", "fake_b"])
def test_the_fakes_of_a_step_equal_those_of_pytorch(torch_numbers, run, step, fake):
    expected = torch_numbers[f"steps/{step}/{fake}"]
    np.testing.assert_allclose(run.fakes[step][fake][:, ::3, ::3], expected, atol=FAKES_WITHIN[step], rtol=0)


@pytest.fixture(params=["G_A", "G_B", "D_A", "D_B"])
def trained(request, initial, run, reference_weights, names):
    """The name of a network, and a function that pairs its variables with arrays of PyTorch."""
    name = request.param

    def pair(arrays):
        stored = {f"{name}/{key}": array for key, array in (initial[name] | arrays).items()}
        return reference_weights(getattr(run.model, names.networks[name]), stored, name)

    return name, pair


def test_the_first_and_last_weights_after_two_steps_equal_those_of_pytorch(torch_numbers, trained):
    name, pair = trained
    prefix = f"steps/{name}/final/"
    final = {key.removeprefix(prefix): torch_numbers[key] for key in torch_numbers if key.startswith(prefix)}
    compared = [
        (variable, array)
        for layer, variable, array in pair(final)
        if layer.name in ENDS and (variable is layer.kernel or layer.name in BIASES_THAT_COUNT)
    ]
    assert len(compared) >= 3
    for variable, expected in compared:
        np.testing.assert_allclose(variable, expected, atol=WEIGHTS_WITHIN, rtol=0, err_msg=variable.path)


# Measured: 3.3e-6.
def test_every_kernel_moved_as_far_as_that_of_pytorch(torch_numbers, trained):
    name, pair = trained
    moved = zip(torch_numbers[f"steps/{name}/arrays"], torch_numbers[f"steps/{name}/moved"], strict=True)
    theirs = [float(distance) for array, distance in moved if ".weight " in array]
    kernels = [(variable, array) for layer, variable, array in pair({}) if variable is layer.kernel]
    ours = [float(np.abs(variable - array).sum()) for variable, array in kernels]
    assert ours == pytest.approx(theirs, rel=1e-3)

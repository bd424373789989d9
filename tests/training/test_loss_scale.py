import keras
import numpy as np
import pytest

from cyclegan_tf.training.loss_scale import fitted_to, optimizer_variables
from cyclegan_tf.training.optimizers import adam
from cyclegan_tf.training.schedules import Constant


@pytest.fixture
def scaled():
    """An optimiser with loss scaling whose variables are numbers of their own."""
    optimizer = adam(Constant(1e-4), 0.5, 0.999, loss_scaling=True)
    optimizer.build([keras.Variable([1.0, 2.0], name="kernel")])
    for number, variable in enumerate(optimizer.variables):
        variable.assign(np.full(variable.shape, number))
    return optimizer


def test_adams_variables_have_the_same_names_with_and_without_loss_scaling(scaled):
    plain = adam(Constant(1e-4), 0.5, 0.999)
    plain.build([keras.Variable([1.0, 2.0], name="kernel")])
    names = list(optimizer_variables("generator_optimizer", plain))
    found = list(optimizer_variables("generator_optimizer", scaled))
    assert found[: len(names)] == names
    assert all(name.startswith("generator_optimizer/loss_scale/") for name in found[len(names) :])


def test_a_checkpoint_that_numbered_the_loss_scale_with_the_others_is_read(scaled):
    """As checkpoints of float16 were written first."""
    named = enumerate(scaled.variables)
    saved = {f"generator_optimizer/{i:03d}_{v.name}": v.numpy() for i, v in named}
    wanted = optimizer_variables("generator_optimizer", scaled)
    state, arrays = fitted_to(wanted, saved)
    assert set(arrays) == set(state) == set(wanted)
    for name, variable in wanted.items():
        np.testing.assert_array_equal(arrays[name], variable.numpy())


def test_nothing_but_the_loss_scale_is_left_out():
    state, arrays = fitted_to({"a": 1, "b": 2}, {"a": np.ones(1), "x_optimizer/loss_scale/dynamic_scale": 1})
    assert (set(state), set(arrays)) == ({"a", "b"}, {"a"})

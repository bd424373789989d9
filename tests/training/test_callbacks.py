from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from cyclegan_tf.training import callbacks
from cyclegan_tf.training.callbacks import (
    GRID_LABELS,
    EverySteps,
    Guard,
    LossLog,
    Progress,
    SampleGrids,
    SaveEvery,
)

LOSSES = {
    "cycle_a": 1.0,
    "adversarial_ab": 0.3,
    "discriminator_a": 0.25,
    "discriminator_b": 0.25,
    "generator_gradient_norm": 5.0,
}


def identity(images, training):
    return images


def inverted(images, training):
    return -images


class Model:
    """What callbacks see of a CycleGAN."""

    def __init__(self, generator_ab=identity, generator_ba=identity):
        self.step = tf.Variable(0, dtype=tf.int64)
        self.inference_generators = (generator_ab, generator_ba)
        self.generator_optimizer = SimpleNamespace(learning_rate=1.0)


def pictures(count=3, size=8, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def run(callback, steps, model=None, logs=LOSSES):
    """Takes a callback through steps; `logs` may be a function of the step."""
    callback.set_model(model or Model())
    callback.on_train_begin()
    for _ in range(steps):
        callback.on_train_batch_begin(0)
        callback.model.step.assign_add(1)
        step = int(callback.model.step)
        callback.on_train_batch_end(0, logs(step) if callable(logs) else logs)
    return callback


class Noted(EverySteps):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.steps = []

    def at_step(self, step):
        self.steps.append(step)


@pytest.mark.parametrize(
    ("every", "num_steps", "steps"), [(3, 8, [3, 6, 8]), (4, 8, [4, 8]), (100, 8, [8]), (1, 3, [1, 2, 3])]
)
def test_it_is_due_at_every_nth_step_and_at_the_last(every, num_steps, steps):
    assert run(Noted(every, num_steps), num_steps).steps == steps


def test_steps_are_counted_over_the_whole_run_not_since_it_was_resumed():
    model = Model()
    model.step.assign(5)
    assert run(Noted(3, 20), 5, model).steps == [6, 9]


def test_progress_shows_losses_by_kind_and_leaves_out_the_norms_of_gradients():
    shown = []
    display = SimpleNamespace(advance=lambda values: shown.append(values))
    logs = {"cycle_a": 1.0, "cycle_b": 3.0, "discriminator_a": 0.5, "generator_gradient_norm": 9.0}
    run(Progress(display), 2, logs=logs)
    assert shown == [{"cycle": 2.0, "discriminator": 0.5}] * 2


def test_an_entry_of_the_log_is_the_mean_since_the_one_before_and_checkpoints_have_the_last():
    written = []
    log = LossLog(2, 5, [lambda step, values: written.append((step, values["cycle_a"]))])
    run(log, 5, logs=lambda step: {"cycle_a": float(step)})
    assert written == [(2, 1.5), (4, 3.5), (5, 5.0)]
    assert log.latest["cycle_a"] == 5.0


def test_the_log_tells_the_rate_a_step_was_made_with_and_not_the_next_ones():
    model = Model()
    written = []
    log = LossLog(1, 3, [lambda step, values: written.append(values["learning_rate"])])

    def rate_falls_within_the_step(step):
        model.generator_optimizer.learning_rate = 10.0**-step
        return LOSSES

    run(log, 3, model, rate_falls_within_the_step)
    assert written == pytest.approx([1.0, 0.1, 0.01])


def test_a_grid_is_drawn_as_a_picture_and_handed_on(tmp_path):
    handed = []
    grids = SampleGrids(2, 4, (pictures(), pictures(seed=1)), tmp_path, [lambda *entry: handed.append(entry)])
    run(grids, 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000002.png", "step-00000004.png"]
    step, grid = handed[-1]
    assert step == 4
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "step-00000004.png")), grid)


def test_a_grid_shows_real_translated_and_cycled_pictures_of_both_directions(monkeypatch):
    laid_out = {}
    monkeypatch.setattr(
        callbacks, "image_grid", lambda rows, **options: laid_out.update(rows=rows, **options)
    )
    a, b = pictures(), pictures(seed=1)
    callbacks.sample_grid(inverted, identity, a, b)
    assert laid_out["labels"] == GRID_LABELS
    for row, real_a, real_b in zip(laid_out["rows"], a, b, strict=True):
        for shown, expected in zip(row, (real_a, 255 - real_a, 255 - real_a, real_b, real_b, 255 - real_b)):
            np.testing.assert_array_equal(shown, expected)


def test_a_checkpoint_is_due_by_steps_by_minutes_and_at_the_end(monkeypatch):
    clock, saved = SimpleNamespace(now=0.0), []
    monkeypatch.setattr(callbacks.time, "monotonic", lambda: clock.now)

    def time_passes(step):
        clock.now += 100.0 if step in (13, 14) else 1.0
        return LOSSES

    run(SaveEvery(10, 25, 2.0, lambda model: saved.append(int(model.step))), 25, logs=time_passes)
    # Two minutes after step 10 are over at step 14; two minutes after step 14 never come.
    assert saved == [10, 14, 20, 25]


class Value(float):
    """A float that counts its conversions."""

    conversions = 0

    def __float__(self):
        Value.conversions += 1
        return self + 0.0


def test_the_callbacks_convert_a_loss_at_most_once_a_step():
    losses = {name: Value(value) for name, value in LOSSES.items()}
    display = SimpleNamespace(advance=lambda values: None)
    for callback in (Guard(10, 10, pictures()[None], "lsgan"), Progress(display), LossLog(10, 10, [])):
        run(callback, 1, logs=losses)
    assert Value.conversions <= len(LOSSES)

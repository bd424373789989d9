"""One session of a run: its steps, and what is watched, saved and written on the way."""

import json
import logging

import keras
import tensorflow as tf

from cyclegan_tf.config.loading import dump_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.errors import DivergedError, Interrupted, ModelError, UserError
from cyclegan_tf.models.run import Run
from cyclegan_tf.models.weights import size_bytes
from cyclegan_tf.system.precision import resolve_precision
from cyclegan_tf.system.progress import progress_display
from cyclegan_tf.training import callbacks
from cyclegan_tf.training.best import CARD_KEY, Best, EvaluateEvery, Record
from cyclegan_tf.training.building import count_steps
from cyclegan_tf.training.checkpoint import Checkpoints, own_state
from cyclegan_tf.training.devices import LOST_HOST, Devices
from cyclegan_tf.training.distilling import student_grid
from cyclegan_tf.training.evaluating import RunEvaluator
from cyclegan_tf.training.generator_pair import GeneratorPair
from cyclegan_tf.training.log import JsonLines, TensorBoardWriter
from cyclegan_tf.training.loop import train_together
from cyclegan_tf.training.replicas import steps_done
from cyclegan_tf.training.resuming import check_data_change, resume_command
from cyclegan_tf.training.run_folder import make_folder, remove_later_evaluations
from cyclegan_tf.training.saving import now, save_run_model
from cyclegan_tf.training.step_errors import diverged, lost_host, out_of_memory
from cyclegan_tf.training.stopping import StopSignals
from cyclegan_tf.training.student import Student
from video.core.disk import require_free_space
from video.core.files import write_atomic
from video.core.leftovers import remove_leftovers

FLOAT16_OVERFLOWS = 50
_LOGGER = logging.getLogger("cyclegan_tf")


class Session:
    """One session of a run: from its first or its last saved step to its end, or until a signal stops it.

    Of several hosts each has a session; that of the chief alone writes.

    Args:
        config: everything about the run.
        run: its folder.
        data: its pictures.
        model: compiled, in the scope of the devices.
        devices: those that train together; None for one.
    """

    def __init__(
        self,
        config: Config,
        run: Run,
        data: UnpairedImages,
        model: GeneratorPair,
        devices: Devices | None = None,
    ):
        self.config, self.run, self.data, self.model = config, run, data, model
        self.devices = devices or Devices()
        # Now: a picture that goes missing later must not keep the state from being saved.
        self.data_fingerprint = data.fingerprint
        self.steps_per_epoch = data.steps_per_epoch_of(self.devices.count)
        self.num_steps = count_steps(config, self.steps_per_epoch)
        output = config.output
        self.checkpoints = Checkpoints(run.checkpoints, output.keep_checkpoints, self.devices)
        self.loss_log: callbacks.LossLog | None = None
        self.best: Best | None = None

    def restore(self, *, allow_data_change: bool) -> None:
        """Take the state of the last checkpoint; errors as in `Checkpoints.restore_latest`."""
        if not self.devices.hosts.is_chief:
            # After the chief, who sets damaged checkpoints aside.
            self.devices.agree(0)
            manifest = self.checkpoints.restore_latest(self.model)
        else:
            for folder in (self.run.folder, self.run.samples):
                remove_leftovers(folder)
            manifest = self.checkpoints.restore_latest(self.model)
            remove_later_evaluations(self.run, steps_done(self.model))
            self.devices.agree(0)
        if self.devices.agree(steps_done(self.model)) != steps_done(self.model):
            raise ModelError(
                f"another host has a newer checkpoint than this one: {self.run.checkpoints}",
                detail=f"this is host {self.devices.hosts.number + 1} of {self.devices.hosts.count}",
                fix="let all hosts share the folder of the run",
            )
        if not allow_data_change:
            check_data_change(manifest, self.data)

    def train(self, progress: str = "auto") -> None:
        """Run the steps that are left and write the run's files; progress is as of `fit`."""
        if not self.devices.hosts.is_chief:
            with StopSignals() as signals:
                guard = self._guard(([], []), self.num_steps)
                self._run_steps([guard, self._save_every(), self._stop_at(signals)])
            self._leave_together()
            return
        self._require_disk()
        make_folder(self.run.samples)
        # A finished run that is resumed with more steps is not finished until they are done.
        summary = read_summary(self.run)
        self.run.summary.unlink(missing_ok=True)
        with write_atomic(self.run.config) as file:
            file.write(dump_config(self.config).encode())
        first_step = steps_done(self.model)
        shown = progress_display("training", self.num_steps, first_step, kind=progress)
        with StopSignals() as signals, shown as display:
            self._run_steps([*self._watchers(display), self._stop_at(signals)])
        summary |= {"step": steps_done(self.model), "finished": now()}
        if self.best and self.best.last:
            summary |= {"best": self.best.record.to_dict(), "last": self.best.last.to_dict()}
        with write_atomic(self.run.summary) as file:
            file.write(json.dumps(summary).encode())
        if self.config.output.evaluate_every_steps:
            # Again: the last model and the end came after the last evaluation.
            self._report(summary["step"], {})
        self._leave_together()

    def save(self, model: GeneratorPair) -> None:
        """Save a checkpoint and the model folder."""
        metrics = self.loss_log.latest if self.loss_log else {}
        self.checkpoints.save(model, data_fingerprint=self.data_fingerprint, metrics=metrics)
        if self.devices.hosts.is_chief:
            save_run_model(self.run.model, self.config, model, self.num_steps)

    def _require_disk(self) -> None:
        # One checkpoint more than are kept, since the oldest is removed last; and the model folder.
        state = size_bytes(own_state(self.model, self.devices))
        history = size_bytes({each.name: each.images for each in self.model.histories})
        state += (self.devices.count - len(self.devices.own)) * history
        require_free_space(self.run.folder, state * (self.config.output.keep_checkpoints + 2))

    def _watchers(self, display) -> list[keras.callbacks.Callback]:
        output, num_steps = self.config.output, self.num_steps
        samples = self.data.samples(max(output.num_samples, 2))
        tensorboard = TensorBoardWriter(self.run.tensorboard)
        json_lines = JsonLines(self.run.metrics, self.steps_per_epoch, steps_done(self.model))
        writers = [json_lines.losses, tensorboard.losses]
        self.loss_log = callbacks.LossLog(output.log_every_steps, num_steps, writers)
        # The guard comes first: what has diverged must not be saved.
        watchers = [
            self._guard(samples, output.sample_every_steps),
            callbacks.Progress(display),
            self.loss_log,
            # Before the checkpoint: a run resumed from it has the evaluation of its step behind it.
            *self._evaluations([json_lines.evaluation, tensorboard.evaluation, self._report]),
            self._save_every(),
        ]
        if output.num_samples:
            folder, every = self.run.samples, output.sample_every_steps
            draw = student_grid if isinstance(self.model, Student) else None
            grids = callbacks.SampleGrids(every, num_steps, samples, folder, [tensorboard.grid], draw)
            watchers.append(grids)
        return watchers

    def _guard(self, samples, every: int) -> callbacks.Guard:
        is_float16 = resolve_precision(self.config.train.precision) == "float16"
        return callbacks.Guard(
            every,
            self.num_steps,
            samples,
            self.config.losses.adversarial,
            overflows=FLOAT16_OVERFLOWS if is_float16 else 0,
        )

    def _save_every(self) -> callbacks.SaveEvery:
        output = self.config.output
        every, minutes = output.checkpoint_every_steps, output.checkpoint_every_minutes
        return callbacks.SaveEvery(every, self.num_steps, minutes, self.save, self.devices.agree)

    def _stop_at(self, signals: StopSignals) -> keras.callbacks.Callback:
        return keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: self._stop_if(signals))

    def _evaluations(self, writers: list) -> list[EvaluateEvery]:
        output = self.config.output
        if not output.evaluate_every_steps:
            return []
        evaluator = RunEvaluator(self.config, self.run)
        every, patience = output.evaluate_every_steps, self.config.train.stop_after_no_improvement
        if output.best_metric:
            steps = patience and patience * every
            network = evaluator.network.name
            self.best = Best(self.run.best, output.best_metric, network, self._save_best, steps)
        folder = self.run.evaluations
        return [EvaluateEvery(every, self.num_steps, evaluator, folder, writers, self.best)]

    def _report(self, step: int, scores: dict[str, float]) -> None:
        """Bring the run's page up to date; training does not depend on it."""
        # Here, because the library of the charts takes a second to import.
        from cyclegan_tf.reports.run_report import write_report

        try:
            write_report(self.run.folder)
        except (UserError, OSError) as error:
            _LOGGER.warning("no report of step %d: %s", step, error)

    def _save_best(self, model: GeneratorPair, record: Record) -> None:
        save_run_model(self.run.best, self.config, model, self.num_steps, **{CARD_KEY: record.to_dict()})

    def _run_steps(self, watchers: list[keras.callbacks.Callback]) -> None:
        first_step = steps_done(self.model)
        if first_step >= self.num_steps:
            return
        try:
            # The order is the data set's own, a function of seed, step and replica.
            batches = self.devices.batches(self.data, first_step, self.num_steps)
            if self.devices.strategy is None:
                self.model.fit(batches, epochs=1, verbose=0, callbacks=watchers, shuffle=False)
            else:
                train_together(self.model, batches, watchers, self.devices.strategy)
            if steps_done(self.model) < self.num_steps:
                _LOGGER.info("stopped after step %d: no better model since", steps_done(self.model))
                self.save(self.model)
        except DivergedError as error:
            is_saved = bool(self.checkpoints.files.paths())
            raise diverged(self.config, error, is_saved=is_saved) from error
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            raise out_of_memory(self.config, self.data) from error
        except tf.errors.OpError as error:
            if self.data.error is None:
                self._explain_lost_host(error)
                raise
            # tf.data reports a picture that went missing without its name; the data set knows it.
            if self.devices.hosts.count == 1:
                # The others are in the middle of a step, and could not give their histories.
                self.save(self.model)
            raise self.data.error from error

    def _leave_together(self) -> None:
        """Wait until the chief has written everything: who left earlier would seem lost to it."""
        try:
            self.devices.agree(0)
        except LOST_HOST as error:
            if not self.devices.hosts.is_chief:
                self._explain_lost_host(error)

    def _explain_lost_host(self, error: tf.errors.OpError) -> None:
        if self.devices.hosts.count == 1 or not isinstance(error, LOST_HOST):
            return
        when = f" after step {steps_done(self.model)} of {self.num_steps}"
        raise lost_host(self.config, self.devices, error, when) from error

    def _stop_if(self, signals: StopSignals) -> None:
        step = steps_done(self.model)
        if self.devices.hosts.count > 1:
            # One host that was told to stop stops all after the same step; so does the chief's evaluation.
            asked = self.devices.agree(2 * (signals.received or 0) + self.model.stop_training)
            signals.received, self.model.stop_training = asked // 2 or None, bool(asked % 2)
        if signals.received is None or step == self.num_steps:
            return
        self.save(self.model)
        raise Interrupted(
            f"stopped by {signals.name} after step {step} of {self.num_steps}; the state is saved\n"
            f"resume with: {resume_command(self.config)}",
            signals.exit_code,
        )


def read_summary(run: Run) -> dict:
    """Return how a run ended; nothing for one that has not."""
    return json.loads(run.summary.read_text()) if run.summary.is_file() else {}

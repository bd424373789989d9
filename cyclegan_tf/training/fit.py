"""Training from a configuration to a run folder."""

import datetime
import json
import logging
import platform
from dataclasses import asdict
from pathlib import Path

import keras
import tensorflow as tf

from cyclegan_tf import __version__
from cyclegan_tf.config.loading import dump_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.data.loading import load_data
from cyclegan_tf.errors import DivergedError, Interrupted, MachineError, OutputError
from cyclegan_tf.models.folder import ModelCard, save_model
from cyclegan_tf.models.run import Run
from cyclegan_tf.models.weights import size_bytes
from cyclegan_tf.system.progress import progress_display
from cyclegan_tf.training import callbacks
from cyclegan_tf.training.building import build_model, count_steps
from cyclegan_tf.training.checkpoint import Checkpoints, training_state
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.log import JsonLines, TensorBoardWriter
from cyclegan_tf.training.precision import choose_device, resolve_precision
from cyclegan_tf.training.resuming import as_options, check_config_change, check_data_change, resume_command
from cyclegan_tf.training.stopping import StopSignals
from cyclegan_tf.training.warm_start import start_from
from video.core.disk import require_free_space
from video.core.files import remove_whole, write_atomic
from video.core.leftovers import remove_leftovers
from video.core.locks import FolderLock

FLOAT16_OVERFLOWS = 50
_LOGGER = logging.getLogger("cyclegan_tf")


def fit(
    config: Config,
    *,
    resume: bool = False,
    overwrite: bool = False,
    allow_data_change: bool = False,
    progress: str = "auto",
) -> Run:
    """Train a CycleGAN.

    Args:
        config: everything about the run.
        resume: continue from the run's last checkpoint.
        overwrite: remove what an earlier run of this name left, and start again.
        allow_data_change: resume although the pictures are not those the run began with.
        progress: on stderr: "auto" a bar or lines, "json" lines of JSON, "none" nothing.

    Returns:
        The run; its folder holds the latest model, checkpoints, events, metrics and grids.

    Raises:
        UserError: as of errors.py, before step 1 wherever possible.
        Interrupted: after Ctrl-C, SIGTERM, SIGHUP or a user's signal, with the state saved.
    """
    run = Run(Path(config.output.folder) / config.name)
    check_run_folder(run, resume=resume, overwrite=overwrite)
    if resume:
        check_config_change(run, config)
    choose_device(config.train.device)
    keras.utils.set_random_seed(config.train.seed)
    if config.train.deterministic:
        tf.config.experimental.enable_op_determinism()
    data = load_data(config)
    if config.model.discriminator.startswith("projected") and data.masks is None:
        _LOGGER.warning(
            "without masks the whole picture may change, also where no subject is; "
            "`cyclegan-tf masks DATA OUT` makes masks, for data.masks_a and data.masks_b"
        )
    model = build_model(config, count_steps(config, data.steps_per_epoch), data.image_shape[:2])
    if config.train.start_from is not None and not resume:
        start_from(model, Path(config.train.start_from))
    make_folder(run.folder)
    with FolderLock(run.folder):
        # Again, now that the folder is locked: another process may have written there in the meantime.
        check_run_folder(run, resume=resume, overwrite=overwrite)
        session = Session(config, run, data, model)
        if resume:
            session.restore(allow_data_change=allow_data_change)
        else:
            empty_run_folder(run)
        session.train(progress)
    return run


def check_run_folder(run: Run, *, resume: bool, overwrite: bool) -> None:
    """Refuse to mix two runs.

    Raises:
        OutputError: if the folder holds a run and neither option says what to do, or nothing to resume.
    """
    exists = run.config.exists()
    if exists and not (resume or overwrite):
        raise OutputError(
            f"a run of this name exists: {run.folder}",
            detail="expected a new name, --resume or --overwrite",
            fix="use --resume, start over with --overwrite (which deletes it), or give another --name",
        )
    if resume and not exists:
        raise OutputError(f"no run to resume at {run.folder}", fix="leave --resume away, or check --name")


def make_folder(folder: Path) -> None:
    """Make a folder with its parents.

    Raises:
        OutputError: if it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder: {folder}",
            detail=str(error),
            fix="give a folder you may write to with --set output.folder=FOLDER",
        ) from error


def empty_run_folder(run: Run) -> None:
    """Remove what an earlier run left; the lock, which is ours, stays."""
    remove_leftovers(run.folder)
    files, folders = (run.config, run.summary, run.metrics), (run.model, run.samples, run.tensorboard)
    for path in (run.checkpoints, *files, *folders):
        # A failure is an error: a checkpoint that stays would be newer than those of the new run.
        remove_whole(path)


class Session:
    """One session of a run: from its first or its last saved step to its end, or until a signal stops it.

    Args:
        config: everything about the run.
        run: its folder.
        data: its pictures.
        model: compiled.
    """

    def __init__(self, config: Config, run: Run, data: UnpairedImages, model: CycleGAN):
        self.config, self.run, self.data, self.model = config, run, data, model
        # Now: a picture that goes missing later must not keep the state from being saved.
        self.data_fingerprint = data.fingerprint
        self.num_steps = count_steps(config, data.steps_per_epoch)
        output = config.output
        self.checkpoints = Checkpoints(run.checkpoints, output.keep_checkpoints, output.best_metric)
        self.loss_log: callbacks.LossLog | None = None

    def restore(self, *, allow_data_change: bool) -> None:
        """Take the state of the last checkpoint; errors as in `Checkpoints.restore_latest`."""
        for folder in (self.run.folder, self.run.samples):
            remove_leftovers(folder)
        manifest = self.checkpoints.restore_latest(self.model)
        if not allow_data_change:
            check_data_change(manifest, self.data)

    def train(self, progress: str = "auto") -> None:
        """Run the steps that are left and write the run's files; progress is as of `fit`."""
        self._require_disk()
        make_folder(self.run.samples)
        # A finished run that is resumed with more steps is not finished until they are done.
        self.run.summary.unlink(missing_ok=True)
        with write_atomic(self.run.config) as file:
            file.write(dump_config(self.config).encode())
        first_step = int(self.model.step)
        shown = progress_display("training", self.num_steps, first_step, kind=progress)
        with StopSignals() as signals, shown as display:
            watchers = self._watchers(display)
            stop = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: self._stop_if(signals))
            self._run_steps(first_step, [*watchers, stop])
        with write_atomic(self.run.summary) as file:
            file.write(json.dumps({"step": self.num_steps, "finished": _now()}).encode())

    def save(self, model: CycleGAN) -> None:
        """Save a checkpoint and the model folder."""
        metrics = self.loss_log.latest if self.loss_log else {}
        self.checkpoints.save(model, data_fingerprint=self.data_fingerprint, metrics=metrics)
        networks = dict(zip(("ab", "ba"), model.saved_generators))
        decoder = model.masks.network.decoder if model.masks else None
        save_model(self.run.model, networks, _card(self.config, model, self.num_steps), decoder)

    def _require_disk(self) -> None:
        # One checkpoint more than are kept, since the oldest is removed last; and the model folder.
        state = size_bytes(training_state(self.model))
        require_free_space(self.run.folder, state * (self.config.output.keep_checkpoints + 2))

    def _watchers(self, display) -> list[keras.callbacks.Callback]:
        output, num_steps = self.config.output, self.num_steps
        samples = self.data.samples(max(output.num_samples, 2))
        tensorboard = TensorBoardWriter(self.run.tensorboard)
        json_lines = JsonLines(self.run.metrics, self.data.steps_per_epoch, int(self.model.step))
        writers = [json_lines.losses, tensorboard.losses]
        is_float16 = resolve_precision(self.config.train.precision) == "float16"
        self.loss_log = callbacks.LossLog(output.log_every_steps, num_steps, writers)
        # The guard comes first: what has diverged must not be saved.
        watchers = [
            callbacks.Guard(
                output.sample_every_steps,
                num_steps,
                samples,
                self.config.losses.adversarial,
                overflows=FLOAT16_OVERFLOWS if is_float16 else 0,
            ),
            callbacks.Progress(display),
            self.loss_log,
            callbacks.SaveEvery(
                output.checkpoint_every_steps, num_steps, output.checkpoint_every_minutes, self.save
            ),
        ]
        if output.num_samples:
            folder, every = self.run.samples, output.sample_every_steps
            watchers.append(callbacks.SampleGrids(every, num_steps, samples, folder, [tensorboard.grid]))
        return watchers

    def _run_steps(self, first_step: int, watchers: list[keras.callbacks.Callback]) -> None:
        if first_step >= self.num_steps:
            return
        try:
            # The order is the data set's own, a function of seed and step.
            batches = self.data.dataset(first_step, self.num_steps)
            self.model.fit(batches, epochs=1, verbose=0, callbacks=watchers, shuffle=False)
        except DivergedError as error:
            raise self._diverged(error) from error
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            height, width, _ = self.data.image_shape
            raise MachineError(
                "not enough memory for the training step",
                detail=f"batches of {self.data.batch_size} pictures of {width}x{height}, generators of width "
                f"{self.config.model.generator_width}",
                fix="lower train.batch_size, data.crop_size or model.generator_width",
            ) from error
        except tf.errors.OpError as error:
            if self.data.error is None:
                raise
            # tf.data reports a picture that went missing without its name; the data set knows it.
            self.save(self.model)
            raise self.data.error from error

    def _stop_if(self, signals: StopSignals) -> None:
        step = int(self.model.step)
        if signals.received is None or step == self.num_steps:
            return
        self.save(self.model)
        raise Interrupted(
            f"stopped by {signals.name} after step {step} of {self.num_steps}; the state is saved\n"
            f"resume with: {resume_command(self.config)}",
            signals.exit_code,
        )

    def _diverged(self, error: DivergedError) -> DivergedError:
        """Return the error with advice that fits what is saved."""
        lower = {"train.learning_rate": f"{self.config.train.learning_rate / 2:g}"}
        if not self.checkpoints.files.paths():
            fix = f"no checkpoint was saved before; start again with --overwrite{as_options(lower)}"
        else:
            fix = f"resume the last checkpoint with a lower rate: {resume_command(self.config, lower)}"
        if resolve_precision(self.config.train.precision) != "float32":
            fix += ", or with --set train.precision=float32 in place of the rate"
        return DivergedError(error.what, detail=error.detail, fix=fix)


def _card(config: Config, model: CycleGAN, num_steps: int) -> ModelCard:
    height, width = model.history_a.images.shape[1:3]
    return ModelCard(
        generators={"ab": model.spec_ab, "ba": model.spec_ba},
        masked=model.masks is not None,
        training_size=(height, width),
        precision=resolve_precision(config.train.precision),
        provenance={
            "run": config.name,
            "step": int(model.step),
            "num_steps": num_steps,
            "weights": "moving average" if model.ema_decay else "last",
            "losses": asdict(model.losses_settings),
            "saved": _now(),
            "cyclegan_tf": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "python": platform.python_version(),
        },
        pixel_ranges={
            domain: limits and tuple(limits)
            for domain, limits in (("a", config.data.range_a), ("b", config.data.range_b))
        },
    )


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

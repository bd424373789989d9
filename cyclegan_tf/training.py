"""Training from a configuration to a run folder."""

import datetime
import json
import logging
import platform
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import keras
import tensorflow as tf

from cyclegan_tf import __version__, callbacks
from cyclegan_tf.checkpoint import restore_latest, save_checkpoint
from cyclegan_tf.config import Config, dump_config
from cyclegan_tf.cyclegan import CycleGAN, LossSettings
from cyclegan_tf.data import Preprocess, UnpairedImages, find_domains
from cyclegan_tf.errors import MachineError, OutputError
from cyclegan_tf.files import RunLock, write_atomic
from cyclegan_tf.model_folder import ModelCard, save_model
from cyclegan_tf.networks import DiscriminatorSpec, GeneratorSpec
from cyclegan_tf.optimizers import adam
from cyclegan_tf.precision import POLICIES, resolve_precision
from cyclegan_tf.progress import progress_display
from cyclegan_tf.run_folder import Run
from cyclegan_tf.schedules import learning_rate_schedule

_LOGGER = logging.getLogger("cyclegan_tf")


def fit(config: Config, *, resume: bool = False, fresh: bool = False) -> Run:
    """Trains a CycleGAN.

    Args:
        config: everything about the run.
        resume: go on from the run's last checkpoint.
        fresh: remove what an earlier run of this name left, and start anew.

    Returns:
        The run; its folder holds the latest model, checkpoints, events, metrics and grids.

    Raises:
        CycleGANError: as of errors.py, before step 1 wherever possible.
    """
    run = Run(Path(config.output.folder) / config.name)
    check_run_folder(run, resume=resume, fresh=fresh)
    keras.utils.set_random_seed(config.train.seed)
    if config.train.deterministic:
        tf.config.experimental.enable_op_determinism()
    data = load_data(config)
    num_steps = count_steps(config, data.steps_per_epoch)
    model = build_model(config, num_steps, data.image_shape[:2])
    prepare_run_folder(run, fresh=fresh)
    with RunLock(run.folder):
        if resume:
            checkpoint = restore_latest(run.checkpoints, model)
            _LOGGER.info("resumed from %s", checkpoint)
        with write_atomic(run.config) as file:
            file.write(dump_config(config).encode())
        train(model, data, num_steps, config, run)
    return run


def check_run_folder(run: Run, *, resume: bool, fresh: bool) -> None:
    """Refuses to mix two runs.

    Raises:
        OutputError: if the folder holds a run and neither option says what to do, or nothing to resume.
    """
    exists = run.config.exists()
    if exists and not (resume or fresh):
        raise OutputError(
            f"a run of this name exists: {run.folder}",
            detail="expected a new name, --resume or --fresh",
            fix="go on with --resume, start over with --fresh (which deletes it), or give another --name",
        )
    if resume and not exists:
        raise OutputError(f"no run to resume at {run.folder}", fix="leave --resume away, or check --name")


def load_data(config: Config) -> UnpairedImages:
    """Finds, checks and loads the pictures of both domains.

    Raises:
        DataError: if some cannot be used.
        ConfigError: if both domains are one folder.
    """
    domains = find_domains(config.data.root, config.data.a, config.data.b)
    settings = config.data
    preprocess = Preprocess(settings.preprocess, settings.load_size, settings.crop_size, settings.flip)
    return UnpairedImages.from_folders(
        domains.train_a,
        domains.train_b,
        preprocess,
        config.train.batch_size,
        config.train.seed,
        cache=settings.cache,
        max_pixels=settings.max_pixels,
        on_bad_image=settings.on_bad_image,
    )


def count_steps(config: Config, steps_per_epoch: int) -> int:
    """Steps of the whole run."""
    return config.train.steps or config.train.epochs * steps_per_epoch


def build_model(config: Config, num_steps: int, image_size: tuple[int, int]) -> CycleGAN:
    """Builds and compiles the CycleGAN of a configuration.

    Args:
        config: everything about the run.
        num_steps: steps of the whole run, for the learning rate.
        image_size: (height, width) of the training images.
    """
    train = config.train
    precision = resolve_precision(train.precision)
    model = CycleGAN(
        generator_spec(config),
        discriminator_spec(config),
        LossSettings(**config.losses.model_dump()),
        dtype=POLICIES[precision],
        ema_decay=train.ema_decay,
        seed=train.seed,
    )
    schedule = learning_rate_schedule(train.schedule, train.learning_rate, num_steps, train.decay_start)
    optimizers = [
        adam(schedule, train.beta_1, train.beta_2, loss_scaling=precision == "float16") for _ in range(2)
    ]
    model.compile(
        *optimizers, image_size=image_size, history_size=train.history_size, jit_compile=train.jit_compile
    )
    return model


def generator_spec(config: Config) -> GeneratorSpec:
    """What the generators of a configuration are."""
    model = config.model
    return GeneratorSpec(
        model.generator,
        width=model.generator_width,
        norm_affine=model.norm_affine,
        upsampling=model.upsampling,
    )


def discriminator_spec(config: Config) -> DiscriminatorSpec:
    """What the discriminators of a configuration are."""
    model = config.model
    architecture = "pixel" if model.discriminator == "pixel" else "n_layers"
    return DiscriminatorSpec(
        architecture,
        width=model.discriminator_width,
        num_layers=model.discriminator_layers,
        norm_affine=model.norm_affine,
    )


def prepare_run_folder(run: Run, *, fresh: bool) -> None:
    """Makes the run's folders, empty if fresh.

    Raises:
        OutputError: if they cannot be made.
    """
    try:
        if fresh and run.folder.exists():
            shutil.rmtree(run.folder)
        for folder in (run.folder, run.samples, run.tensorboard):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the run's folder: {run.folder}",
            detail=str(error),
            fix="give a folder you may write to with --set output.folder=FOLDER",
        ) from error


def train(model: CycleGAN, data: UnpairedImages, num_steps: int, config: Config, run: Run) -> None:
    """Runs the steps that are left and writes the run's files."""
    first_step = int(model.step)
    settings = config.output
    save = _saver(config, run, num_steps, keep=settings.keep_checkpoints)
    tensorboard = callbacks.TensorBoardWriter(run.tensorboard)
    json_lines = callbacks.JsonLines(run.metrics, data.steps_per_epoch, first_step)
    with progress_display("training", num_steps, first_step) as display:
        watchers = [
            callbacks.Progress(display),
            callbacks.LossLog(settings.log_every_steps, num_steps, [json_lines.losses, tensorboard.losses]),
            callbacks.Checkpoints(settings.checkpoint_every_steps, num_steps, save),
        ]
        if settings.num_samples:
            samples = data.samples(settings.num_samples)
            watchers.append(
                callbacks.SampleGrids(
                    settings.sample_every_steps, num_steps, samples, run.samples, [tensorboard.grid]
                )
            )
        _run_steps(model, data, num_steps, watchers)
    with write_atomic(run.summary) as file:
        file.write(json.dumps({"step": num_steps, "finished": _now()}).encode())


def _run_steps(model: CycleGAN, data: UnpairedImages, num_steps: int, watchers: list) -> None:
    first_step = int(model.step)
    if first_step >= num_steps:
        return
    try:
        batches = data.dataset(first_step, num_steps)

        model.fit(batches, epochs=1, verbose=0, callbacks=watchers, shuffle=False)
    except tf.errors.ResourceExhaustedError as error:
        raise MachineError(
            "not enough memory for the training step",
            detail=f"batches of {data.batch_size} pictures of {data.image_shape[0]}x{data.image_shape[1]}",
            fix="lower train.batch_size, data.crop_size or model.generator_width",
        ) from error
    except tf.errors.OpError as error:
        # tf.data reports a picture that went missing without its name; the data set knows it.
        raise data.error or error from error


def _saver(config: Config, run: Run, num_steps: int, *, keep: int) -> Callable[[CycleGAN], None]:
    def save(model: CycleGAN) -> None:
        save_checkpoint(run.checkpoints, model, keep=keep)
        networks = dict(zip(("ab", "ba"), model.best_generators))
        save_model(run.model, networks, _card(config, model, num_steps))

    return save


def _card(config: Config, model: CycleGAN, num_steps: int) -> ModelCard:
    size = (config.data.crop_size, config.data.crop_size)
    return ModelCard(
        generators={"ab": model.spec_ab, "ba": model.spec_ba},
        training_size=size,
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
    )


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

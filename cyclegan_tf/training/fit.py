"""Training from a configuration to a run folder."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

import keras
import tensorflow as tf

from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.data.loading import load_data
from cyclegan_tf.errors import UsageError
from cyclegan_tf.models.run import Run
from cyclegan_tf.training.building import build_model, count_steps
from cyclegan_tf.training.devices import LOST_HOST, Devices, choose_devices, count_devices
from cyclegan_tf.training.distilling import prepare_student
from cyclegan_tf.training.generator_pair import GeneratorPair
from cyclegan_tf.training.resuming import check_config_change
from cyclegan_tf.training.run_folder import (
    check_origin_stays,
    check_run_folder,
    empty_run_folder,
    make_folder,
)
from cyclegan_tf.training.session import Session
from cyclegan_tf.training.step_errors import lost_host
from cyclegan_tf.training.warm_start import start_from
from video.core.locks import FolderLock

_LOGGER = logging.getLogger("cyclegan_tf")


def fit(
    config: Config,
    *,
    resume: bool = False,
    overwrite: bool = False,
    allow_data_change: bool = False,
    progress: str = "auto",
) -> Run:
    """Train a CycleGAN, or a student where the configuration names a teacher.

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
    # On every host and before they connect, so that none waits for one that refuses.
    check_run(run, config, resume=resume, overwrite=overwrite)
    if config.distill.teacher is not None and count_devices(config.train) > 1:
        raise UsageError(
            "a student is trained on one device",
            detail=f"train.devices is {config.train.devices}, and TF_CONFIG may name several hosts",
            fix="give --set train.devices=1, and unset TF_CONFIG",
        )
    devices = choose_devices(config.train)
    keras.utils.set_random_seed(config.train.seed)
    if config.train.deterministic:
        tf.config.experimental.enable_op_determinism()
    with _lost_hosts_explained(config, devices):
        data, model = _prepared(config, run, devices)
        if config.train.start_from is not None and not resume:
            start_from(model, Path(config.train.start_from))
        session = Session(config, run, data, model, devices)
        if not devices.hosts.is_chief:
            if resume:
                session.restore(allow_data_change=allow_data_change)
            session.train("none")
            return run
        make_folder(run.folder)
        with FolderLock(run.folder):
            # Again, now that the folder is locked: another process may have written there in the meantime.
            check_run_folder(run, resume=resume, overwrite=overwrite)
            if resume:
                session.restore(allow_data_change=allow_data_change)
            else:
                empty_run_folder(run)
            session.train(progress)
    return run


def check_run(run: Run, config: Config, *, resume: bool, overwrite: bool) -> None:
    """Check that a run may begin or go on in its folder; change nothing.

    Args:
        run: its folder.
        config: of the run.
        resume: whether it goes on.
        overwrite: whether it may replace an earlier run.

    Raises:
        OutputError: the folder is taken, or there is none to resume.
        ModelError: a resumed run cannot change so, or there is no model to start from.
        UsageError: the folder holds the model that the run comes from.
    """
    check_run_folder(run, resume=resume, overwrite=overwrite)
    if resume:
        check_config_change(run, config)
    else:
        check_origin_stays(run, config)


def _prepared(config: Config, run: Run, devices: Devices) -> tuple[UnpairedImages, GeneratorPair]:
    """Load the pictures, and build what learns from them."""
    if config.distill.teacher is not None:
        return prepare_student(config, run)
    data = load_data(config)
    if config.model.discriminator.startswith("projected") and data.masks is None:
        _LOGGER.warning(
            "without masks the whole picture may change, also where no subject is; "
            "`cyclegan-tf masks DATA OUT` makes masks, for data.masks_a and data.masks_b"
        )
    num_steps = count_steps(config, data.steps_per_epoch_of(devices.count))
    with devices.scope():
        return data, build_model(config, num_steps, data.image_shape[:2])


@contextlib.contextmanager
def _lost_hosts_explained(config: Config, devices: Devices) -> Iterator[None]:
    """Explain the loss of a host before the first step; `Session` does so for those of the steps."""
    try:
        yield
    except LOST_HOST as error:
        if devices.hosts.count == 1:
            raise
        raise lost_host(config, devices, error) from error

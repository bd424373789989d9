"""The parts of a student's training: its teacher, its lessons, and itself before the first step."""

import logging
from pathlib import Path

import numpy as np

from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.data.loading import load_data
from cyclegan_tf.errors import ModelError, UsageError
from cyclegan_tf.images.grid import image_grid
from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.run import Run, find_model
from cyclegan_tf.networks.specs import RESNET_BLOCKS, GeneratorSpec
from cyclegan_tf.system.precision import POLICIES, resolve_precision
from cyclegan_tf.training.building import build_optimizers, count_steps
from cyclegan_tf.training.callbacks import SMALLEST_CELL, translate
from cyclegan_tf.training.inheriting import can_inherit, inherit, upsampling_of_student
from cyclegan_tf.training.lessons import Lessons
from cyclegan_tf.training.student import Student
from cyclegan_tf.training.teacher import load_teachers
from cyclegan_tf.training.warm_start import reversed_spec

# What suits a student whatever its teacher is.
_CROP = 128
_STUDENT = {
    "data.preprocess": "scale_shortside_and_crop",
    "losses.lambda_identity": 0.0,
    # Of the sizes that its discriminators take; the weights of the losses say whether there are any.
    "model.discriminator": "projected",
    "train.learning_rate": 4e-4,
    "train.discriminator_beta_2": 0.99,
    "train.ema_decay": 0.99,
    "output.checkpoint_every_steps": 500,
    "output.checkpoint_every_minutes": 10.0,
    "output.sample_every_steps": 250,
}
GRID_LABELS = ("real", "teacher", "student")
_LOGGER = logging.getLogger("cyclegan_tf")


def prepare_student(config: Config, run: Run) -> tuple[UnpairedImages, Student]:
    """Load what a student learns from, and build it.

    Args:
        config: of a run with a teacher.
        run: its folder, which keeps the teacher's answers.

    Returns:
        The lessons, and the student, compiled.

    Raises:
        UserError: as `load_data`, or the teacher is missing or has other directions or channels.
    """
    folder = find_model(Path(config.distill.teacher))
    card = load_card(folder)
    given = config.distill.direction
    directions = tuple(sorted(card.generators)) if given == "both" else (given,)
    teachers = load_teachers(folder, directions)
    specs = {"ab": config.generator_spec, "ba": reversed_spec(config.generator_spec)}
    specs = {direction: specs[direction] for direction in directions}
    for direction, spec in specs.items():
        _check_channels(folder, spec, card.generators[direction])
    data = load_data(config, Lessons, teachers=teachers, folder=run.answers, crops=config.distill.crops)
    train = config.train
    model = Student(
        specs,
        teachers,
        config.student_losses,
        dtype=POLICIES[resolve_precision(train.precision)],
        ema_decay=train.ema_decay,
        seed=train.seed,
    )
    begin_as_teacher(model, card.generators)
    model.compile(
        *build_optimizers(config, count_steps(config, data.steps_per_epoch)),
        image_size=data.image_shape[:2],
        jit_compile=train.jit_compile,
    )
    return data, model


def begin_as_teacher(model: Student, teachers: dict[str, GeneratorSpec]) -> None:
    """Give a student the channels of its teachers that count most, where it is of their kind.

    Args:
        model: new.
        teachers: the generators of its teachers.
    """
    for direction, spec in model.specs.items():
        if not can_inherit(spec, teachers[direction]):
            _LOGGER.info(
                "the student %s begins with random weights: its teacher is of another kind", direction
            )
            continue
        student, average = (getattr(model, f"{prefix}generator_{direction}") for prefix in ("", "ema_"))
        blocks = RESNET_BLOCKS[spec.architecture], RESNET_BLOCKS[teachers[direction].architecture]
        inherit(student, model.teachers[direction].generator, blocks)
        if average:
            average.set_weights(student.get_weights())
        model.ema_warm_up = False


def student_grid(model: Student, samples: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Draw pictures beside what the teacher and the student make of them.

    Args:
        model: the student.
        samples: uint8 pictures of A and of B, each (count, height, width, channels).

    Returns:
        uint8 (height, width, 3), a row for each picture, with the directions side by side.
    """
    columns: list[np.ndarray] = []
    networks = dict(zip(("ab", "ba"), model.inference_generators))
    pictures = dict(zip(("ab", "ba"), samples))
    for direction, teacher in model.teachers.items():
        real = pictures[direction]
        columns += [real, teacher.translate(real), translate(networks[direction], real)]
    scale = max(1, SMALLEST_CELL // samples[0].shape[2])
    labels = [f"{label} {direction}" for direction in model.teachers for label in GRID_LABELS]
    return image_grid(list(zip(*columns)), labels=labels, scale=scale)


def student_keys(folder: Path, width: int, num_blocks: int | None) -> dict[str, object]:
    """Return the values by key of a configuration that suits a student.

    Args:
        folder: the teacher's model folder.
        width: of the student.
        num_blocks: residual blocks, of a ResNet alone; None for the teacher's.

    Raises:
        ModelError: as of `load_card`.
        UsageError: there is no such architecture.
    """
    card = load_card(folder)
    direction, teacher = next(iter(card.generators.items()))
    ab = teacher if direction == "ab" else reversed_spec(teacher)
    side = max(_CROP, teacher.stride)
    return _STUDENT | {
        "data.channels_a": ab.input_channels,
        "data.channels_b": ab.output_channels,
        "data.range_a": card.pixel_ranges.get("a"),
        "data.range_b": card.pixel_ranges.get("b"),
        "data.crop_size": side,
        "data.load_size": 2 * side,
        "model.generator": _architecture(teacher, num_blocks),
        "model.generator_width": width,
        "model.norm_affine": teacher.norm_affine,
        "model.upsampling": upsampling_of_student(teacher),
        "model.generator_norm_epsilon": teacher.norm_epsilon,
        "model.generator_padding": teacher.padding,
        "model.generator_downsampling": teacher.downsampling,
    }


def _architecture(teacher: GeneratorSpec, num_blocks: int | None) -> str:
    if num_blocks is None:
        return teacher.architecture
    names = {number: name for name, number in RESNET_BLOCKS.items()}
    if teacher.architecture not in RESNET_BLOCKS or num_blocks not in names:
        raise UsageError(
            f"no student of {num_blocks} blocks for a teacher that is a {teacher.architecture}",
            detail=f"expected a ResNet of {' or '.join(map(str, sorted(names)))} blocks",
            fix="leave --blocks away",
        )
    return names[num_blocks]


def _check_channels(folder: Path, ours: GeneratorSpec, theirs: GeneratorSpec) -> None:
    channels = [(spec.input_channels, spec.output_channels) for spec in (ours, theirs)]
    if channels[0] != channels[1]:
        raise ModelError(
            f"the teacher has other channels than the pictures: {folder}",
            detail="expected {} in and {} out; found {} and {}".format(*channels[0], *channels[1]),
            fix="leave data.channels_a and data.channels_b to `cyclegan-tf distill`",
        )

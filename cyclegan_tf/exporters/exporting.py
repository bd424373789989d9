"""Export of a generator to another runtime, proved by that runtime before it gets its name."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cyclegan_tf.errors import ModelError, UsageError
from cyclegan_tf.exporters import keras_file, litert_file, onnx_file, openvino_folder, saved_model
from cyclegan_tf.exporters.formats import ExportFormat, check_packages, check_target, choose_format
from cyclegan_tf.exporters.pictures import batches, draw_pictures, read_pictures
from cyclegan_tf.exporters.proof import Difference, difference, run_in_fresh_process
from cyclegan_tf.inference.translator import Translator
from cyclegan_tf.system.files import replace_file, replace_folder

# How each format is written, and the script that its own runtime runs.
_WAYS = {
    "saved_model": (saved_model.write, saved_model.RUN),
    "keras": (keras_file.write, keras_file.RUN),
    "onnx": (onnx_file.write, onnx_file.RUN),
    "tflite": (litert_file.write, litert_file.RUN),
    "tflite-float16": (litert_file.write_float16, litert_file.RUN),
    "tflite-int8": (litert_file.write_int8, litert_file.RUN),
    "openvino": (openvino_folder.write, openvino_folder.RUN),
}
# For a model that does not know on what size it was trained.
_USUAL_SIZE = (256, 256)


@dataclass(frozen=True)
class ExportOptions:
    """How to export.

    Attributes:
        format: a name of `exporters.formats.FORMATS`; None for what the target's name says.
        direction: "ab" or "ba".
        pictures: folder of pictures to calibrate on and to compare; None for drawn ones.
        size: (height, width) of all pictures it will take, in pixels; None for any, where the format can.
        overwrite: replace an export that is there.
    """

    format: str | None = None
    direction: str = "ab"
    pictures: str | Path | None = None
    size: tuple[int, int] | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class ExportReport:
    """What was exported and how far it is from the live model.

    Attributes:
        path: the file or folder.
        format: its format.
        direction: "ab" or "ba".
        size_bytes: size of all its files.
        picture_size: (height, width) that its pictures must have; None for any.
        largest_difference: in grey levels, over all compared pictures.
        mean_difference: in grey levels.
        decibels: peak signal-to-noise ratio to the live model; None if nothing differs.
        checked_shapes: (batch, height, width) of the compared pictures.
    """

    path: str
    format: str
    direction: str
    size_bytes: int
    picture_size: tuple[int, int] | None
    largest_difference: int
    mean_difference: float
    decibels: float | None
    checked_shapes: tuple


def export_model(model: str | Path, target: str | Path, options: ExportOptions | None = None) -> ExportReport:
    """Writes a generator for another runtime.

    Before the file or folder gets its name, its own runtime loads it in a fresh process, and what it makes of
    pictures is compared with what the live model makes of them.

    Args:
        model: a model folder or a run folder.
        target: the file or folder to write.
        options: how; None for any picture, direction ab, and the format that the target's name says.

    Raises:
        UsageError: if the options do not go together, or a runtime is not installed.
        OutputError: if target exists, or cannot be written.
        ModelError: if the model cannot be loaded, or the export differs from it.
        DataError: if there are no pictures in the folder.
    """
    target, options = Path(target), options or ExportOptions()
    chosen = choose_format(target, options.format)
    _check_options(chosen, options)
    check_packages(chosen)
    check_target(target, chosen, overwrite=options.overwrite)
    translator = Translator.load(model, options.direction, tile=0)
    if translator.card.masked and chosen.name == "keras":
        raise UsageError(
            "a Keras file holds a generator alone, and this model also has a mask network",
            detail="without it, what is translated would be the whole picture",
            fix="export another format, such as saved_model or onnx: there the mask network is inside",
        )
    channels = translator.module.spec.input_channels
    pictures = (
        read_pictures(Path(options.pictures), channels) if options.pictures else draw_pictures(channels)
    )
    size = options.size or (_usual_size(translator) if chosen.needs_pictures else None)
    given = batches(pictures, size=size, multiple=_multiple(chosen, translator))
    with (replace_folder if chosen.is_folder else replace_file)(target) as aside:
        _WAYS[chosen.name][0](translator, aside, size, pictures)
        found = _prove(chosen, translator, aside, given)
        size_bytes = _size_bytes(aside)
    return ExportReport(
        path=str(target),
        format=chosen.name,
        direction=options.direction,
        size_bytes=size_bytes,
        picture_size=size,
        largest_difference=found.largest,
        mean_difference=found.mean,
        decibels=found.decibels,
        checked_shapes=tuple(batch.shape[:3] for batch in given),
    )


def export_saved_model(
    model: str | Path, target: str | Path, direction: str = "ab", *, overwrite: bool = False
) -> ExportReport:
    """Writes a generator as a SavedModel that serves pictures of any size.

    Its signature `serving_default` takes `image`, uint8 (batch, height, width, channels), and returns
    `translated`, the same; pre- and post-processing are inside. Arguments and errors as of `export_model`.
    """
    return export_model(model, target, ExportOptions("saved_model", direction, overwrite=overwrite))


def _check_options(chosen: ExportFormat, options: ExportOptions) -> None:
    if options.size and not chosen.takes_size:
        raise UsageError(f"{chosen.title} is not made for one size", fix="leave --size out")
    if chosen.needs_pictures and not options.pictures:
        raise UsageError(
            f"{chosen.title} is calibrated on pictures such as it will translate",
            detail="expected some dozens; found none",
            fix="give --pictures FOLDER",
        )


def _usual_size(translator: Translator) -> tuple[int, int]:
    return tuple(translator.card.training_size or _USUAL_SIZE)


def _multiple(chosen: ExportFormat, translator: Translator) -> int:
    """The Keras file has the generator alone, without the padding to its stride."""
    return translator.module.spec.smallest_size if chosen.name == "keras" else 1


def _prove(chosen: ExportFormat, translator: Translator, path: Path, given: list) -> Difference:
    expected = [translator(batch) for batch in given]
    with tempfile.TemporaryDirectory() as scratch:
        # Some runtimes go by the suffix, which what is written aside does not have.
        named = Path(scratch, "export" if chosen.is_folder else f"export{chosen.marker}")
        os.symlink(os.path.abspath(path), named)
        found = difference(run_in_fresh_process(_WAYS[chosen.name][1], named, given), expected)
    if not found.within(chosen.tolerance):
        noise = "" if found.decibels is None else f", {found.decibels:.1f} dB"
        limits = f"{chosen.tolerance.grey_levels} grey levels and at least {chosen.tolerance.decibels:g} dB"
        raise ModelError(
            f"the export differs from the model: {chosen.title}",
            detail=f"expected at most {limits}; found {found.largest} grey levels{noise}",
            fix="nothing was written; export in float32, or report this with the versions of the packages",
        )
    return found


def _size_bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())

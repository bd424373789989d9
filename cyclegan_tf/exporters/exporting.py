"""Export of a generator to another runtime, verified by that runtime before the export gets its name."""

import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from cyclegan_tf.errors import ModelError
from cyclegan_tf.exporters import keras_file, litert_file, onnx_file, openvino_folder, saved_model
from cyclegan_tf.exporters.formats import (
    ExportFormat,
    check_model,
    check_options,
    check_packages,
    check_target,
    choose_format,
)
from cyclegan_tf.exporters.pictures import ExportPictures, batches, draw_pictures, read_pictures
from cyclegan_tf.exporters.verification import Difference, difference, run_in_fresh_process
from cyclegan_tf.images.sizes import size_text
from cyclegan_tf.inference.translator import Translator
from cyclegan_tf.models.run import find_model
from cyclegan_tf.system.progress import progress_display
from video.core.files import replace_file, replace_folder

# For each format, the function that writes it and the script that its runtime runs.
_WAYS = {
    "saved_model": (saved_model.write, saved_model.RUN),
    "keras": (keras_file.write, keras_file.RUN),
    "onnx": (onnx_file.write, onnx_file.RUN),
    "tflite": (litert_file.write, litert_file.RUN),
    "tflite-float16": (litert_file.write_float16, litert_file.RUN),
    "tflite-int8": (litert_file.write_int8, litert_file.RUN),
    "openvino": (openvino_folder.write, openvino_folder.RUN),
}
# For a model without a known training size.
_USUAL_SIZE = (256, 256)
# Of progress: the model is loaded, the export written, the export proved.
_STAGES = 3


@dataclass(frozen=True)
class ExportReport:
    """What was exported, and how it differs from the model.

    Attributes:
        path: the file or folder.
        format: its format.
        direction: "ab" or "ba".
        size_bytes: total size of its files.
        picture_size: (height, width) that its pictures must have; None for any.
        largest_difference: largest difference of a pixel over all compared pictures, in grey levels.
        mean_difference: mean difference, in grey levels.
        decibels: peak signal-to-noise ratio (PSNR) to the model; None if nothing differs.
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

    def to_dict(self) -> dict:
        """Return the report for programs, ready for JSON; the size is WIDTHxHEIGHT there."""
        return {**asdict(self), "picture_size": self.picture_size and size_text(self.picture_size)}


def export_model(  # noqa: PLR0913 - keywords, so that the caller needs no class of options
    model: str | Path,
    target: str | Path,
    *,
    format: str | None = None,
    direction: str = "ab",
    pictures: str | Path | None = None,
    size: tuple[int, int] | None = None,
    opset: int | None = None,
    ir_version: int | None = None,
    overwrite: bool = False,
    progress: str = "none",
) -> ExportReport:
    """Write a generator for another runtime.

    Before the file or folder gets its name, its own runtime loads it in a fresh process and translates
    pictures. The result is compared with that of the model.

    Args:
        model: a model folder or a run folder.
        target: the file or folder to write.
        format: a name of `exporters.formats.FORMATS`; None for what the target's name says, or a SavedModel.
        direction: "ab" or "ba".
        pictures: folder of pictures to calibrate on and to compare; None for drawn ones.
        size: (height, width) of all pictures it will take, in pixels; None for any, where the format can.
        opset: of ONNX alone: version of the operators, of `onnx_file.OPSETS`; None for the newest.
        ir_version: of ONNX alone: version of the file format; None for what goes with the operators.
        overwrite: replace an export that is there.
        progress: on stderr: "auto" a bar or lines, "json" lines of JSON, "none" nothing.

    Returns:
        What was written, and how far it is from the live model.

    Raises:
        UsageError: if the options do not go together, or a runtime is not installed.
        OutputError: if target exists, or cannot be written.
        ModelError: if the model cannot be loaded, or the export differs from it.
        DataError: if there are no pictures in the folder.
    """
    target = Path(target)
    chosen = choose_format(target, format)
    versions = {"opset": opset, "ir_version": ir_version}
    versions = {name: version for name, version in versions.items() if version is not None}
    check_options(
        chosen, has_size=size is not None, has_pictures=pictures is not None, has_versions=bool(versions)
    )
    check_packages(chosen)
    check_target(target, chosen, overwrite=overwrite)
    folder = find_model(Path(model))
    check_model(folder, direction, chosen)
    with progress_display("exporting", _STAGES, unit="stages", kind=progress) as display:
        translator = Translator(folder, direction, strip_rows=0)
        shown = _pictures(pictures, translator)
        size = size or (_usual_size(translator) if chosen.needs_pictures else None)
        given = batches(shown, size=size, multiple=_multiple(chosen, translator))
        display.advance()
        with (replace_folder if chosen.is_folder else replace_file)(target) as aside:
            _WAYS[chosen.name][0](translator, aside, size, shown, **versions)
            display.advance()
            found = _prove(chosen, translator, aside, given)
            size_bytes = _size_bytes(aside)
        display.advance()
    return ExportReport(
        path=str(target),
        format=chosen.name,
        direction=direction,
        size_bytes=size_bytes,
        picture_size=size,
        largest_difference=found.largest,
        mean_difference=found.mean,
        decibels=found.decibels,
        checked_shapes=tuple(batch.shape[:3] for batch in given),
    )


def _pictures(folder: str | Path | None, translator: Translator) -> ExportPictures:
    channels = translator.module.spec.input_channels
    if folder is None:
        return draw_pictures(channels)
    return read_pictures(Path(folder), channels, translator.card.pixel_ranges.get(translator.direction[0]))


def _usual_size(translator: Translator) -> tuple[int, int]:
    return tuple(translator.card.training_size or _USUAL_SIZE)


def _multiple(chosen: ExportFormat, translator: Translator) -> int:
    """Return what sizes must be a multiple of: a Keras file has no padding to the generator's stride."""
    return translator.module.spec.smallest_size if chosen.name == "keras" else 1


def _prove(chosen: ExportFormat, translator: Translator, path: Path, given: list) -> Difference:
    expected = [translator(batch) for batch in given]
    with tempfile.TemporaryDirectory() as scratch:
        # Some runtimes need the usual suffix, which the temporary file does not have. Copied, since not every
        # user of Windows may make links.
        named = Path(scratch, "export" if chosen.is_folder else f"export{chosen.marker}")
        (shutil.copytree if chosen.is_folder else shutil.copyfile)(path, named)
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

"""The export formats, and how much each may differ from the model."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from cyclegan_tf.errors import OutputError, UsageError
from cyclegan_tf.models.card import load_card, weights_checksum
from cyclegan_tf.models.naming import promised_suffix


@dataclass(frozen=True)
class Tolerance:
    """How much an export may differ from the model.

    Attributes:
        grey_levels: largest difference of a pixel, of 255.
        decibels: smallest peak signal-to-noise ratio (PSNR) over all compared pictures.
    """

    grey_levels: int
    decibels: float


# Summing in another order can round a value between two levels the other way.
_ROUNDING = Tolerance(1, 50)


@dataclass(frozen=True)
class ExportFormat:
    """An export format.

    Attributes:
        name: its name on the command line.
        title: its name in a sentence.
        marker: suffix of the file, or name of the file that identifies such a folder.
        tolerance: how much it may differ from the model.
        contents: names that such a folder may contain; empty for a file.
        packages: packages that must be importable to write and to verify it.
        extra: extra of cyclegan-tf that installs those packages.
        takes_size: whether it can be restricted to one picture size.
        needs_pictures: whether it is calibrated on pictures.
    """

    name: str
    title: str
    marker: str
    tolerance: Tolerance = _ROUNDING
    contents: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    extra: str = ""
    takes_size: bool = False
    needs_pictures: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of several files."""
        return bool(self.contents)


_LITERT = {"marker": ".tflite", "takes_size": True}
FORMATS = {
    entry.name: entry
    for entry in (
        ExportFormat(
            "saved_model",
            "a SavedModel",
            "saved_model.pb",
            contents=("saved_model.pb", "fingerprint.pb", "variables", "assets", "assets.extra"),
        ),
        ExportFormat("keras", "a Keras file", ".keras"),
        ExportFormat(
            "onnx",
            "ONNX",
            ".onnx",
            packages=("onnx", "onnxruntime", "tf2onnx"),
            extra="onnx",
            takes_size=True,
        ),
        ExportFormat("tflite", "LiteRT", **_LITERT),
        ExportFormat("tflite-float16", "LiteRT of 16-bit weights", tolerance=Tolerance(8, 45), **_LITERT),
        ExportFormat(
            "tflite-int8",
            "LiteRT of 8-bit convolutions",
            tolerance=Tolerance(255, 20),
            needs_pictures=True,
            **_LITERT,
        ),
        ExportFormat(
            "openvino",
            "OpenVINO",
            "generator.xml",
            contents=("generator.xml", "generator.bin"),
            packages=("openvino",),
            extra="openvino",
            takes_size=True,
        ),
    )
}


def choose_format(target: Path, name: str | None = None) -> ExportFormat:
    """Return the format of an export.

    Args:
        target: the file or folder to write.
        name: name of the format; None to take it from the target's name.

    Raises:
        UsageError: the name and the target do not match, or the target has the suffix of another program.
    """
    files = {entry.marker: entry for entry in reversed(FORMATS.values()) if not entry.is_folder}
    suffix = target.suffix.lower()
    if suffix == ".xml":
        raise UsageError(
            f"OpenVINO is two files, which are written as one folder: {target}",
            fix=f"give a folder, as {target.with_suffix('')} --format openvino",
        )
    chosen = files.get(suffix, FORMATS["saved_model"]) if name is None else FORMATS[name]
    if chosen.is_folder and suffix not in files and promised_suffix(target, is_meant=name is not None):
        raise UsageError(
            f"no format has files of this name: {target}",
            detail=f"expected {', '.join(files)}, or a folder; the formats are {', '.join(FORMATS)}",
            fix=f"give {target.with_suffix('')}, which becomes {chosen.title}, or another --format",
        )
    if chosen.is_folder and suffix in files:
        raise UsageError(f"{chosen.title} is a folder, not a file: {target}", fix=f"leave {suffix} out")
    if not chosen.is_folder and suffix != chosen.marker:
        raise UsageError(
            f"{chosen.title} is a file of another name: {target}", fix=f"let it end in {chosen.marker}"
        )
    return chosen


def check_packages(chosen: ExportFormat) -> None:
    """Refuse a format whose runtime is not installed.

    Raises:
        UsageError: names the packages, and the extra that installs them.
    """
    missing = [package for package in chosen.packages if importlib.util.find_spec(package) is None]
    if missing:
        raise UsageError(
            f"{chosen.title} needs packages that are not installed: {', '.join(missing)}",
            fix=f'pip install "cyclegan-tf[{chosen.extra}]"',
        )


def check_options(
    chosen: ExportFormat, *, has_size: bool, has_pictures: bool, has_versions: bool = False
) -> None:
    """Refuse what a format cannot do.

    Args:
        chosen: the format.
        has_size: whether a size is given.
        has_pictures: whether pictures are given.
        has_versions: whether versions of ONNX are given.

    Raises:
        UsageError: a size for one that takes any, no pictures for one that is calibrated on some, or versions
            of ONNX for another format.
    """
    if has_versions and chosen.name != "onnx":
        raise UsageError(
            f"{chosen.title} has no opset and no IR version", fix="leave them out, or give --format onnx"
        )
    if has_size and not chosen.takes_size:
        raise UsageError(f"{chosen.title} is not made for one size", fix="leave --size out")
    if chosen.needs_pictures and not has_pictures:
        raise UsageError(
            f"{chosen.title} is calibrated on pictures such as it will translate",
            detail="expected some dozens; found none",
            fix="give --pictures FOLDER",
        )


def check_target(target: Path, chosen: ExportFormat, *, overwrite: bool) -> None:
    """Refuse a target that exists, unless it is an export of this format that may be replaced.

    Raises:
        OutputError: the target exists, or the folder around it does not.
    """
    if not target.parent.is_dir():
        raise OutputError(f"no folder to write into: {target.parent}", fix="make it first")
    if not target.exists():
        return
    if not overwrite:
        raise OutputError(f"output exists: {target}", fix="give another name, or --overwrite")
    if not (target / chosen.marker if chosen.is_folder else target).is_file():
        expected = f"a folder with {chosen.marker}" if chosen.is_folder else "a file"
        raise OutputError(
            f"not {chosen.title}, so it is not overwritten: {target}",
            detail=f"expected {expected}",
            fix="give another name",
        )
    if chosen.is_folder:
        # `--help` lists the formats and writes no file.
        from video.core.files import check_no_other_files

        check_no_other_files(target, chosen.contents)


def check_model(folder: Path, direction: str, chosen: ExportFormat) -> None:
    """Refuse a model that cannot be exported so; its weights are not read.

    Args:
        folder: a model folder.
        direction: "ab" or "ba".
        chosen: the format.

    Raises:
        ModelError: there is no model, or it does not hold the direction.
        UsageError: the format has no place for the model's mask network.
    """
    # Refuses a direction that the model does not have.
    weights_checksum(folder, direction)
    if load_card(folder).masked and chosen.name == "keras":
        raise UsageError(
            "a Keras file holds a generator alone, and this model also has a mask network",
            detail="without it the whole picture would be translated",
            fix="export another format, such as saved_model or onnx, which holds the mask network too",
        )

"""The command `export`: a trained generator for another runtime."""

import json
import re
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.options import Direction, DirectionOption, JsonOption, OverwriteOption
from cyclegan_tf.errors import UsageError
from cyclegan_tf.exporters.formats import FORMATS, check_packages, choose_format

Format = StrEnum("Format", {name: name for name in FORMATS})


def export(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Run or model folder.")],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="File (.keras .onnx .tflite) or folder to write.")
    ],
    kind: Annotated[
        Format | None,
        typer.Option("--format", help="What to write.", show_default="by OUT's suffix, or saved_model"),
    ] = None,
    direction: DirectionOption = Direction.AB,
    pictures: Annotated[
        Path | None,
        typer.Option(
            help="Folder of pictures to compare, and to calibrate int8 on.", show_default="drawn landscapes"
        ),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="HxW",
            help="Take pictures of this size alone, in pixels.",
            show_default="any; int8: that of the training, or 256x256",
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Export a generator: SavedModel, Keras, ONNX, LiteRT or OpenVINO, uint8 pictures in and out.

    Before it gets its name, its own runtime loads it in a fresh process, and its pictures are compared with
    the model's.
    """
    check_packages(choose_format(target, kind and kind.value))
    size_pixels = _size(size)
    from cyclegan_tf.system.tensorflow import import_tensorflow

    typer.echo("starting TensorFlow", err=True)
    import_tensorflow()
    from cyclegan_tf.exporters.exporting import ExportOptions, export_model

    options = ExportOptions(kind and kind.value, direction.value, pictures, size_pixels, overwrite)
    report = export_model(model, target, options)
    if report.format == "tflite-int8":
        typer.echo(
            "warning: 8 bits after training cost quality; look at pictures, and take tflite-float16 "
            "if you see it",
            err=True,
        )
    typer.echo(json.dumps(asdict(report), indent=2) if as_json else _text(report))


def _text(report) -> str:
    noise = "" if report.decibels is None else f", PSNR {report.decibels:.1f} dB"
    size = "any size" if report.picture_size is None else "{}x{} alone".format(*report.picture_size)
    if report.format == "keras":
        size = "sides that are multiples of the generator's stride"
    return (
        f"{report.path}  {report.format}, {report.direction}, {report.size_bytes / 1e6:.1f} MB, {size}, "
        f"loaded again and compared: at most {report.largest_difference} grey levels apart, "
        f"{report.mean_difference:.4f} on average{noise}"
    )


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if not match:
        raise UsageError(
            f"--size is no HEIGHTxWIDTH: {text}",
            detail="expected 1 to 99999 pixels each",
            fix="give it as --size 256x256",
        )
    return int(match[1]), int(match[2])

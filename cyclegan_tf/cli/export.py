"""The command `export`: a trained generator for another runtime."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.options import (
    DirectionOption,
    DryRunOption,
    JsonOption,
    ModelOption,
    OverwriteOption,
    ProgressOption,
)
from cyclegan_tf.cli.printing import print_json, start_tensorflow
from cyclegan_tf.exporters.formats import (
    FORMATS,
    check_model,
    check_options,
    check_packages,
    check_target,
    choose_format,
)

Format = StrEnum("Format", {name: name for name in FORMATS})  # type: ignore[misc]


def export(
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="File (.keras .onnx .tflite) or folder to write.")
    ],
    model: ModelOption = None,
    kind: Annotated[
        Format | None,
        typer.Option("--format", help="What to write.", show_default="by OUT's suffix, or saved_model"),
    ] = None,
    direction: DirectionOption = "ab",
    pictures: Annotated[
        Path | None,
        typer.Option(
            help="Folder of pictures to compare, and to calibrate int8 on.", show_default="drawn landscapes"
        ),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="WIDTHxHEIGHT",
            help="Take pictures of this size alone, in pixels.",
            show_default="any; int8: that of the training, or 256x256",
        ),
    ] = None,
    opset: Annotated[
        int | None,
        typer.Option(min=9, max=18, help="Version of ONNX's operators.", show_default="18"),
    ] = None,
    ir_version: Annotated[
        int | None,
        typer.Option(min=4, max=13, help="Version of ONNX's file format.", show_default="by the opset"),
    ] = None,
    overwrite: OverwriteOption = False,
    dry_run: DryRunOption = False,
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Export a generator: SavedModel, Keras, ONNX, LiteRT or OpenVINO, uint8 pictures in and out.

    Before it gets its name, its own runtime loads it in a fresh process, and its pictures are compared with
    the model's.
    """
    from cyclegan_tf.images.sizes import parse_size
    from cyclegan_tf.models.run import find_model

    chosen = choose_format(target, kind and kind.value)
    check_options(
        chosen,
        has_size=size is not None,
        has_pictures=pictures is not None,
        has_versions=(opset, ir_version) != (None, None),
    )
    check_packages(chosen)
    check_target(target, chosen, overwrite=overwrite)
    height_and_width = None if size is None else parse_size(size)
    folder = find_model(model)
    check_model(folder, direction, chosen)
    if dry_run:
        fields = {"path": str(target), "format": chosen.name, "direction": direction, "picture_size": size}
        _print({**fields, "model": str(folder)}, f"{target}  {chosen.name}, {direction}", as_json=as_json)
        return
    start_tensorflow()
    from cyclegan_tf.exporters.exporting import export_model

    report = export_model(
        folder,
        target,
        format=chosen.name,
        direction=direction,
        pictures=pictures,
        size=height_and_width,
        opset=opset,
        ir_version=ir_version,
        overwrite=overwrite,
        progress=progress,
    )
    if report.format == "tflite-int8":
        typer.echo(
            "warning: 8 bits after training cost quality; look at pictures, and take tflite-float16 "
            "if you see it",
            err=True,
        )
    _print({**report.to_dict(), "model": str(folder)}, _text(report), as_json=as_json)


def _print(fields: dict, text: str, *, as_json: bool) -> None:
    print_json(fields) if as_json else typer.echo(f"{text}\nmodel: {fields['model']}")


def _text(report) -> str:
    from cyclegan_tf.images.sizes import size_text

    noise = "" if report.decibels is None else f", PSNR {report.decibels:.1f} dB"
    size = "any size" if report.picture_size is None else f"{size_text(report.picture_size)} alone"
    if report.format == "keras":
        size = "sides that are multiples of the generator's stride"
    return (
        f"{report.path}  {report.format}, {report.direction}, {report.size_bytes / 1e6:.1f} MB, {size}, "
        f"loaded again and compared: at most {report.largest_difference} grey levels apart, "
        f"{report.mean_difference:.4f} on average{noise}"
    )

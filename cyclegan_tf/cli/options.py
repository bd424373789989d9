"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cyclegan_tf.inference.engines.kinds import EngineName, PrecisionName

HOW = "Running"
Direction = Literal["ab", "ba"]

ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="MODEL",
        help="Run or model folder, or a name of `models`.",
        show_default="the newest finished run in ./runs, else horse2zebra",
    ),
]
FastOption = Annotated[
    bool,
    typer.Option("--fast", help="The bundled model's student: about twice as fast, a little softer."),
]
DirectionOption = Annotated[Direction, typer.Option(help="ab translates A to B, ba translates B to A.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be done, and stop.", rich_help_panel=HOW)
]
ProgressOption = Annotated[
    Literal["auto", "json", "none"],
    typer.Option(help="Progress on stderr: a bar or lines, lines of JSON, or none.", rich_help_panel=HOW),
]
StripRowsOption = Annotated[
    int | None,
    typer.Option(
        "--strip-rows",
        min=0,
        help="Translate in strips of so many rows, the same within 1 grey level; 0 never does.",
        show_default="when memory demands it",
        rich_help_panel=HOW,
    ),
]
EngineOption = Annotated[
    EngineName,
    typer.Option(
        help="Runtime that translates; auto: the fastest one here that keeps 45 dB PSNR to float32 "
        "TensorFlow on the first pictures.",
        rich_help_panel=HOW,
    ),
]
PrecisionOption = Annotated[
    PrecisionName,
    typer.Option(help="Number format of the runtime; auto measures likewise.", rich_help_panel=HOW),
]
DataArgument = Annotated[
    Path | None,
    typer.Argument(
        help="Folder with trainA and trainB, and testA and testB if there are any.", show_default=False
    ),
]
AOption = Annotated[Path | None, typer.Option("--a", help="Folder or list of A, instead of DATA.")]
BOption = Annotated[Path | None, typer.Option("--b", help="Folder or list of B, instead of DATA.")]
ConfigOption = Annotated[
    str | None,
    typer.Option(
        help="Preset (paper-256, fast-256, cpu-128, demo) or YAML file.",
        show_default="paper-256 on a GPU, cpu-128 without",
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as train.learning_rate=1e-4."),
]

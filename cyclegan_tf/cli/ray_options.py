"""Options that say on which Ray cluster the work is done."""

from typing import Annotated

import typer

from cyclegan_tf.cluster.options import LOCAL, ClusterOptions, Transfer

_CLUSTER = "On a cluster"

RayOption = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="[ADDRESS]",
        help="Translate on a Ray cluster: host:port, auto, or without an address one on this machine. "
        "Give it after IN and OUT.",
        show_default=False,
        rich_help_panel=_CLUSTER,
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--ray-workers",
        metavar="N",
        help="Processes with the model.",
        show_default="as many as there is room for",
        rich_help_panel=_CLUSTER,
    ),
]
CpusOption = Annotated[
    float,
    typer.Option("--ray-cpus", help="Processors of each, also its threads.", rich_help_panel=_CLUSTER),
]
GpusOption = Annotated[
    float,
    typer.Option("--ray-gpus", help="GPUs of each; 0.5 shares one.", rich_help_panel=_CLUSTER),
]
TransferOption = Annotated[
    Transfer,
    typer.Option(
        "--ray-transfer",
        help="Where files are: on a file system that all machines share, or sent through Ray's object store.",
        rich_help_panel=_CLUSTER,
    ),
]


def cluster_options(
    address: str | None, workers: int | None, cpus: float, gpus: float, transfer: Transfer
) -> ClusterOptions | None:
    """Return what is asked of a cluster; None without `--ray`."""
    return None if address is None else ClusterOptions(address, workers, cpus, gpus, transfer)


def with_address(arguments: list[str]) -> list[str]:
    """Return a command line in which `--ray` has its address, which may be left out."""
    filled = []
    for argument, after in zip(arguments, [*arguments[1:], "-"]):
        filled.append(argument)
        if argument == "--ray" and after.startswith("-"):
            filled.append(LOCAL)
    return filled

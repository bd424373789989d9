"""The command `distill`: train a thin model on the answers of a large one."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cyclegan_tf.cli.options import AOption, BOption, JsonOption, OverwriteOption, ProgressOption, SetOption


def distill(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", help="Teacher: run or model folder, or a name as horse2zebra."),
    ],
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Folder with trainA and trainB, as of fit.", show_default=False),
    ] = None,
    a: AOption = None,
    b: BOption = None,
    width: Annotated[int, typer.Option(min=1, help="Channels after the first convolution.")] = 16,
    blocks: Annotated[
        Literal["6", "9"] | None,
        typer.Option(help="Residual blocks of a ResNet.", show_default="the teacher's"),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Length of the training.")] = 4000,
    direction: Annotated[
        Literal["both", "ab", "ba"],
        typer.Option(help="Directions to learn; one alone is learned twice as fast."),
    ] = "both",
    overrides: SetOption = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the run's folder.", show_default="the teacher's, and -fast")
    ] = None,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Train a thin model on what a large one makes of the training pictures.

    It is a run like those of fit: a stopped one goes on with `cyclegan-tf fit --resume runs/NAME`. Its model
    translates two to three times as fast, exports like any other, and keeps the teacher's masks.
    """
    from cyclegan_tf.cli.fit import print_run
    from cyclegan_tf.cli.printing import start_tensorflow
    from cyclegan_tf.cli.run_config import configure_student
    from cyclegan_tf.config.loading import parse_overrides
    from cyclegan_tf.models.run import find_model

    folder, given = find_model(model), parse_overrides(overrides or [])
    start_tensorflow()
    from cyclegan_tf.training import fit as training
    from cyclegan_tf.training.distilling import student_keys

    wishes = {"train.steps": steps, "distill.direction": direction, **({"name": name} if name else {})}
    keys = student_keys(folder, width, blocks and int(blocks))
    resolved = configure_student(model, keys, {**wishes, **given}, data=data, a=a, b=b)
    run = training.fit(resolved, overwrite=overwrite, progress=progress)
    print_run(run, resolved, as_json=as_json)

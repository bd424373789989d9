"""The command `evaluate`: how good a model is."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cyclegan_tf.cli.options import AOption, BOption, JsonOption, ModelOption, OverwriteOption, ProgressOption
from cyclegan_tf.cli.printing import print_json, start_tensorflow
from cyclegan_tf.errors import OutputError, UsageError

_PICTURES, _JUDGES = "Pictures", "Judges"


def evaluate(
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="DATA",
            help="Folder with testA and testB, or trainA and trainB if there are no tests.",
            show_default=False,
        ),
    ] = None,
    model: ModelOption = None,
    a: AOption = None,
    b: BOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for metrics.json and the best and worst pictures."),
    ] = None,
    features: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NETWORK",
            help="efficientnet-lite0, inception-fid:FILE, keras-inception-v3, keras-mobilenet-v3; repeat it.",
            show_default="one that the model was not trained against",
            rich_help_panel=_JUDGES,
        ),
    ] = None,
    reals: Annotated[
        Literal["test", "train", "train+test"],
        typer.Option(help="Real pictures that translations compare with.", rich_help_panel=_PICTURES),
    ] = "test",
    masks: Annotated[
        Path | None,
        typer.Option(
            help="Folder with masks in testA and testB; measures the change outside the subject.",
            show_default="the model's own masks",
            rich_help_panel=_PICTURES,
        ),
    ] = None,
    paired: Annotated[
        bool | None,
        typer.Option(
            "--paired/--unpaired",
            help="testA and testB show the same, so each translation has its truth.",
            show_default="whether all names are the same",
            rich_help_panel=_PICTURES,
        ),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="CLASS",
            help="What a classifier is to see in translations of A: ImageNet's names or numbers, as zebra.",
            rich_help_panel=_JUDGES,
        ),
    ] = None,
    expect_ba: Annotated[
        str | None,
        typer.Option(
            metavar="CLASS", help="The same in translations of B, as sorrel.", rich_help_panel=_JUDGES
        ),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="WIDTHxHEIGHT",
            help="Size to measure at.",
            show_default="that of the training",
            rich_help_panel=_PICTURES,
        ),
    ] = None,
    num_pictures: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Translate at most so many of each domain.",
            show_default="all",
            rich_help_panel=_PICTURES,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the subsets of the KID.", rich_help_panel=_JUDGES)] = 0,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Measure a model on test pictures.

    KID and FID to real pictures, the L1 of cycle and identity, the change of the background, and where the
    truth is known PSNR, SSIM and L1. Scores of two feature networks do not compare.
    """
    if data is None and (a is None or b is None):
        raise UsageError(
            "no pictures to measure on",
            detail="expected DATA, a folder with testA and testB, or --a DIR and --b DIR",
            fix="cyclegan-tf evaluate DATA --model MODEL",
        )
    if out is not None:
        _check_out(out, overwrite=overwrite)
    from cyclegan_tf.images.sizes import parse_size

    parsed = parse_size(size) if size is not None else None
    start_tensorflow()
    from cyclegan_tf.evaluation.evaluating import EvaluateOptions, evaluate_model
    from cyclegan_tf.measures.evaluation import write_evaluation

    options = EvaluateOptions(
        features=tuple(features or ["auto"]),
        reals=reals,
        masks=masks,
        paired=paired,
        expect_ab=expect,
        expect_ba=expect_ba,
        size=parsed,
        num_pictures=num_pictures,
        seed=seed,
    )
    evaluation = evaluate_model(model, data, a=a, b=b, options=options, progress=progress)
    path = write_evaluation(out, evaluation) if out is not None else None
    if as_json:
        print_json(evaluation.to_dict())
        return
    typer.echo(str(evaluation))
    if path is not None:
        typer.echo(f"written  {path}")


def _check_out(out: Path, *, overwrite: bool) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"the output is not a folder: {out}", fix="give a folder with --out")
    if out.exists() and any(out.iterdir()) and not overwrite:
        raise OutputError(f"output exists: {out}", fix="give another --out, or --overwrite")

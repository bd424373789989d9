"""The command `image`: translate still pictures."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cyclegan_tf.cli.options import (
    HOW,
    DirectionOption,
    DryRunOption,
    EngineOption,
    FastOption,
    JsonOption,
    ModelOption,
    OverwriteOption,
    PrecisionOption,
    ProgressOption,
    StripRowsOption,
)
from cyclegan_tf.cli.printing import print_json, start_tensorflow
from cyclegan_tf.cli.ray_options import (
    CpusOption,
    GpusOption,
    RayOption,
    TransferOption,
    WorkersOption,
    cluster_options,
)
from cyclegan_tf.images.sizes import MAX_PIXELS
from cyclegan_tf.inference.engines.kinds import check_request


def image(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="Picture, folder (with its subfolders) or pattern in quotes.")
    ],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="Folder, or for one picture a file (.png .jpg .webp .tif .bmp .npy)."
        ),
    ],
    model: ModelOption = None,
    fast: FastOption = False,
    direction: DirectionOption = "ab",
    kind: Annotated[
        Literal["png", "jpg", "webp", "tif"] | None,
        typer.Option("--format", help="What to write.", show_default="as each picture was"),
    ] = None,
    compare: Annotated[
        Literal["pairs", "sheet"] | None,
        typer.Option(
            help="Also write each picture beside its translation, or (the first 100) on one contact sheet."
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    on_bad_image: Annotated[
        Literal["stop", "skip"],
        typer.Option(help="Stop at a picture that cannot be translated, or skip it and report it."),
    ] = "skip",
    write_masks: Annotated[
        bool, typer.Option("--write-masks", help="Also write where the model translates, as OUT.mask.png.")
    ] = False,
    engine: EngineOption = "auto",
    precision: PrecisionOption = "auto",
    strip_rows: StripRowsOption = None,
    max_pixels: Annotated[
        int, typer.Option(min=1, help="Refuse pictures with more pixels.", rich_help_panel=HOW)
    ] = MAX_PIXELS,
    dry_run: DryRunOption = False,
    ray: RayOption = None,
    ray_workers: WorkersOption = None,
    ray_cpus: CpusOption = 1.0,
    ray_gpus: GpusOption = 0.0,
    ray_transfer: TransferOption = "shared",
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Translate pictures: same names, same sizes, with alpha, 16 bits and colour profile where they can be.

    A picture that cannot be read stops no other; the table at the end and the exit code say so.
    """
    check_request(engine, precision)
    from cyclegan_tf.inference.pictures import PictureOptions, plan_pictures, translate_planned
    from cyclegan_tf.models.run import find_model, find_student

    options = PictureOptions(kind, compare, max_pixels, overwrite, on_bad_image, write_masks)
    cluster = cluster_options(ray, ray_workers, ray_cpus, ray_gpus, ray_transfer)
    folder = (find_student if fast else find_model)(model)
    if cluster is not None:
        # Its workers have other working directories.
        source, target, folder = source.absolute(), target.absolute(), folder.absolute()
    plan = plan_pictures(source, target, options)
    if cluster is not None:
        from cyclegan_tf.cluster.pictures import check_pictures

        check_pictures(plan, cluster.transfer)
    report = verdict = None
    if dry_run:
        plan = _plan_for_model(plan, folder, direction)
    elif cluster is not None:
        from cyclegan_tf.cli.engine_choice import verdict_for_cluster
        from cyclegan_tf.cluster.pictures import translate_pictures_on
        from cyclegan_tf.cluster.worker import ModelRequest

        verdict = verdict_for_cluster(engine, precision)
        typer.echo(f"engine: {verdict}", err=True)
        typer.echo("starting workers", err=True)
        settings = {
            "strip_rows": strip_rows,
            "engine": verdict.engine.name,
            "precision": verdict.engine.precision,
        }
        request = ModelRequest(folder, direction, settings, for_clips=False)
        report = translate_pictures_on(cluster, plan, request, progress)
    else:
        start_tensorflow()
        from cyclegan_tf.cli.engine_choice import settle_for_pictures
        from cyclegan_tf.inference.translator import Translator

        translator = Translator(folder, direction, strip_rows=strip_rows, engine=engine, precision=precision)
        settle_for_pictures(translator, len(plan.pairs.pairs))
        report = translate_planned(plan, translator, progress)
        # Now: of many pictures the first has decided.
        verdict = translator.verdict
    result = report or plan
    if as_json:
        used = {"engine": verdict.to_dict()} if verdict else {}
        print_json({"model": str(folder), "direction": direction, **used, **result.to_dict()})
    else:
        typer.echo(f"model: {folder}\n{result}")
    if report and report.failed:
        raise typer.Exit(report.failed[0].error.exit_code)


def _plan_for_model(plan, folder: Path, direction: str):
    """Return a plan as the model needs it, or refuse it, by the model's description alone."""
    from cyclegan_tf.inference.pictures import plan_for_model
    from cyclegan_tf.models.card import load_card, weights_checksum

    # Refuses a direction that the model does not have.
    weights_checksum(folder, direction)
    card = load_card(folder)
    return plan_for_model(plan, card.masked, card.generators[direction].output_channels)

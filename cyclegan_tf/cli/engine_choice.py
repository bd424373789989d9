"""Which engine translates a clip or a set of pictures, said on stderr."""

import typer

from cyclegan_tf.inference.engines.choosing import FEW_PICTURES, Verdict
from cyclegan_tf.inference.engines.kinds import REFERENCE, Engine
from video.plan import Plan
from video.preview import first_pictures
from video.resuming import begun_with

_PICTURES, _STEP = 3, 8


def settle_for_clip(translator, plan: Plan) -> Verdict:
    """Choose a translator's engine for a clip; a clip that was begun keeps its engine.

    Args:
        translator: a `Translator`.
        plan: of the clip.
    """
    identities = translator.identities
    begun = begun_with(plan, list(identities))
    if len(identities) == 1:
        verdict = translator.verdict
    elif begun is not None:
        verdict = translator.settle_on(Verdict(identities[begun], "as this clip was begun"))
    elif plan.frames_total < FEW_PICTURES:
        verdict = translator.settle_on(_few(translator))
    else:
        verdict = translator.settle(first_pictures(plan, _PICTURES, _STEP))
    typer.echo(f"engine: {verdict}", err=True)
    return verdict


def settle_for_pictures(translator, count: int) -> None:
    """Choose a translator's engine for pictures; where there are many, the first one will decide."""
    if len(translator.identities) > 1 and count < FEW_PICTURES:
        translator.settle_on(_few(translator))
    if translator.verdict is not None:
        typer.echo(f"engine: {translator.verdict}", err=True)


def verdict_for_cluster(name: str, precision: str) -> Verdict:
    """Return the engine of all workers of a cluster, which must compute alike: `auto` is not measured there.

    Args:
        name: of EngineName.
        precision: of PrecisionName.
    """
    engine = Engine(
        REFERENCE.name if name == "auto" else name,
        REFERENCE.precision if precision == "auto" else precision,
    )
    return Verdict(engine, "all workers compute alike" if "auto" in (name, precision) else "as asked")


def _few(translator) -> Verdict:
    # Of engines whose pictures nobody compares, the most exact one.
    exact = [engine for engine in translator.allowed if engine.precision == REFERENCE.precision]
    engine = REFERENCE if REFERENCE in exact else [*exact, *translator.allowed][0]
    return Verdict(engine, f"fewer than {FEW_PICTURES} pictures are sooner translated than engines compared")

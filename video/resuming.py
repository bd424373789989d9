"""Which earlier work is resumed: only that of the same callable on the same source with the same options."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from video.assembling.segments import finished_frames
from video.assembling.work_folder import WorkFolder
from video.core.errors import OutputError
from video.core.fingerprint import fingerprint
from video.pipeline.batching import Translate
from video.plan import Plan

_JOURNAL_FORMAT = 1


def identity(plan: Plan, translate: Translate) -> str:
    """Return what the callable says that it is; '' when it does not say."""
    said = {plan.options.translation_id, str(getattr(translate, "translation_id", ""))}
    return " ".join(sorted(said - {""}))


def request(plan: Plan, named: str) -> dict:
    """Return everything that decides how the result looks: work on something else is not resumed."""
    options = asdict(plan.options)
    for name in ("batch_size", "overwrite", "keep_partial", "translation_id"):
        options.pop(name)
    return {
        "format": _JOURNAL_FORMAT,
        "source": fingerprint(plan.source.path),
        "options": {name: str(value) for name, value in options.items()},
        "encoder": str(plan.encoder),
        # Of two callables without an identity nobody can tell that they are one.
        "translation": named or uuid.uuid4().hex,
    }


def restart_warning(work: WorkFolder, named: str) -> list[str]:
    """Return a sentence when there was earlier work that could not be resumed."""
    if not work.discarded:
        return []
    if not named and work.discarded == ("translation",):
        return ["Earlier work on this output was not resumed: the callable has no translation_id."]
    return [f"Earlier work on this output was of another kind ({', '.join(work.discarded)})."]


@contextmanager
def what_is_kept_noted(work: WorkFolder, plan: Plan, *, is_resumable: bool) -> Iterator[None]:
    """Add to any error, Ctrl-C included, what of the work remains and how it is resumed."""
    try:
        yield
    except BaseException as error:
        frames = finished_frames(work.path)
        if isinstance(error, OutputError) and frames:
            needed = work.bytes_kept * (2 * plan.frames_total / frames - 1)
            error.add_note(f"about {needed / 1e6:.0f} MB more are needed, by what the finished frames took")
        if frames and is_resumable:
            error.add_note(
                f"{frames} of {plan.frames_total} frames are finished and kept "
                f"({work.bytes_kept / 1e6:.1f} MB in {work.path}): the same command goes on from there"
            )
        elif frames:
            error.add_note(
                f"{frames} of {plan.frames_total} frames were finished and are not kept: a callable with a "
                "translation_id is resumed"
            )
            work.forget()
        raise

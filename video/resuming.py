"""What is resumed: only earlier work of the same callable on the same source with the same options."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from video.assembling.segments import finished_frames
from video.assembling.work_folder import WorkFolder, as_stored, earlier_request
from video.core.errors import OutputError
from video.core.fingerprint import fingerprint
from video.core.targets import final_path
from video.plan import Plan

_JOURNAL_FORMAT = 1


def identity(plan: Plan, translate: object) -> str:
    """Return the identity of a callable or of what calls it elsewhere; '' when it has none."""
    return _joined(plan, str(getattr(translate, "translation_id", "")))


def begun_with(plan: Plan, translation_ids: Iterable[str]) -> str | None:
    """Return which callable began unfinished work that it could resume, by its `translation_id`; or None."""
    request = earlier_request(final_path(plan.target, plan.container))
    keys = ((one, as_stored(resume_key(plan, _joined(plan, one)))) for one in translation_ids)
    return next((one for one, key in keys if request == key), None)


def _joined(plan: Plan, translation_id: str) -> str:
    return " ".join(sorted({plan.options.translation_id, translation_id} - {""}))


def resume_key(plan: Plan, named: str) -> dict:
    """Return everything that the result depends on; work with another key is not resumed."""
    options = asdict(plan.options)
    for name in ("batch_size", "overwrite", "keep_partial", "translation_id"):
        options.pop(name)
    return {
        "format": _JOURNAL_FORMAT,
        "source": fingerprint(plan.source.path),
        "options": {name: str(value) for name, value in options.items()},
        "masks": fingerprint(plan.options.masks) if plan.options.masks else "",
        "encoder": str(plan.encoder),
        # Nobody can tell whether two callables without an identity are the same.
        "translation": named or uuid.uuid4().hex,
    }


def restart_warning(work: WorkFolder, named: str) -> list[str]:
    """Return a sentence if earlier work could not be resumed."""
    if not work.discarded:
        return []
    if not named and work.discarded == ("translation",):
        return ["Earlier work on this output was not resumed: the callable has no translation_id."]
    return [f"Earlier work on this output was not resumed: another {', '.join(work.discarded)}."]


@contextmanager
def explain_kept_work(work: WorkFolder, plan: Plan, *, is_resumable: bool) -> Iterator[None]:
    """Add to any error, Ctrl-C included, which work is kept and how it is resumed."""
    try:
        yield
    except BaseException as error:
        frames = finished_frames(work.path)
        if isinstance(error, OutputError) and frames:
            needed = work.bytes_kept * (2 * plan.frames_total / frames - 1)
            error.add_note(f"about {needed / 1e6:.0f} MB more are needed, estimated from the finished frames")
        if frames and is_resumable:
            error.add_note(
                f"{frames} of {plan.frames_total} frames are finished and kept "
                f"({work.bytes_kept / 1e6:.1f} MB in {work.path}): the same command resumes there"
            )
        elif frames:
            error.add_note(
                f"{frames} of {plan.frames_total} frames were finished and are not kept: only a callable "
                "with a translation_id can be resumed"
            )
            work.forget()
        raise

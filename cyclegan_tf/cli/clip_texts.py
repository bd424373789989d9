"""What people and programs read about clips: plans, reports, outcomes."""

from pathlib import Path

import video
from video.collection import STATUSES, Outcome


def report_text(report: video.Report, model: Path) -> str:
    """Return a report for people."""
    busy = ", ".join(f"{stage} {share:.0%}" for stage, share in report.busy.items())
    counts = {
        "finished by an earlier run": report.frames_reused,
        "that could not be decoded were left out": report.frames_skipped,
        "that could not be decoded show the picture before": report.frames_repeated,
    }
    lines = [
        f"{report.target}  {report.width}x{report.height}, {report.frames_written} of {report.frames_read} "
        f"frames, {report.duration_seconds:.2f} s, {report.frames_per_second:.2f} frames/s",
        f"model: {model}",
        f"encoder: {report.encoder}",
        *(_stream_text(stream) for stream in report.streams),
        *(f"frames {what}: {count}" for what, count in counts.items() if count),
        *(f"note: {warning}" for warning in report.warnings),
        *([f"busy: {busy}"] if busy else []),
        f"bottleneck: {report.bottleneck}",
        f"verified: {', '.join(report.verified)}",
    ]
    return "\n".join(lines)


def plan_text(fields: dict) -> str:
    """Return a plan for people, from its fields."""
    lines = [
        f"{fields['source']}  {fields['format']}, {fields['width']}x{fields['height']}, "
        f"{fields['frames']} frames, {fields['duration_seconds']:.2f} s, "
        f"{fields['frames_per_second']:.3f} frames/s",
        f"to: {fields['target']}",
        f"encoder: {fields['encoder']}",
        *(_stream_text(stream) for stream in fields["streams"]),
        *(f"note: {warning}" for warning in fields["warnings"]),
    ]
    if "predicted_seconds" in fields:
        lines += [f"model: {fields['model']}", prediction_text(fields, fields["frames"])]
    return "\n".join(lines)


def prediction_text(prediction: dict, num_frames: int) -> str:
    """Return how long a clip will take."""
    return (
        f"time: about {_duration(prediction['predicted_seconds'])} for {num_frames} frames "
        f"({prediction['seconds_a_frame']:.3f} s each, {prediction['batch_size']} at a time)"
    )


def outcomes_text(outcomes: list[Outcome]) -> str:
    """Return a table: a line for each clip, and the counts."""
    width = max(len(str(outcome.pair.source)) for outcome in outcomes)
    lines = []
    for outcome in outcomes:
        if outcome.report:
            frames, seconds = outcome.report.frames_written, outcome.report.seconds
            detail = f"{outcome.pair.target}  {frames} frames in {_duration(seconds)}"
        else:
            detail = outcome.error.what if outcome.error else str(outcome.pair.target)
        lines.append(f"{outcome.status:15}  {str(outcome.pair.source):{width}}  {detail}")
    counts = {status: sum(outcome.status == status for outcome in outcomes) for status in STATUSES}
    lines.append(", ".join(f"{count} {status}" for status, count in counts.items()))
    return "\n".join(lines)


def outcome_fields(outcome: Outcome) -> dict:
    """Return what became of a clip of many, ready for JSON."""
    return {
        "source": str(outcome.pair.source),
        "target": str(outcome.pair.target),
        "status": outcome.status,
        "report": outcome.report and outcome.report.to_dict(),
        "error": outcome.error and str(outcome.error),
    }


def _stream_text(stream: dict) -> str:
    said = [stream["kind"], stream["codec"], stream.get("language") or ""]
    detail = f" ({stream['detail']})" if stream.get("detail") else ""
    return f"stream {stream['index']}: {' '.join(filter(None, said))}: {stream['action']}{detail}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"

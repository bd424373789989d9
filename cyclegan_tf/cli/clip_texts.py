"""What people and programs read about clips: plans, reports, outcomes."""

from pathlib import Path

import video
from cyclegan_tf.inference.engines.choosing import Verdict
from video.collection import STATUSES, Outcome


def report_text(report: video.Report, model: Path, engine: str) -> str:
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
        f"engine: {engine}",
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


def measures_text(measures: video.ClipMeasures) -> str:
    """Return a table of the measures of a clip: a line for each shot, the whole, and the worst moments."""
    fields = measures.to_dict()
    lines = [
        f"{measures.result}  {fields['size']}, beside {measures.source}",
        f"motion of the input at {fields['flow_size']}; errors in squared grey levels, colour in grey levels",
        "",
        f"{'shot':>5}{'from':>11}{'frames':>8}{'warping error':>15}{'of the input':>14}{'ratio':>7}"
        f"{'colour flicker':>16}{'sharpness':>11}",
    ]
    for number, shot in enumerate(measures.shots, start=1):
        lines.append(_measures_row(str(number), _clock(shot.start_seconds), shot.measures))
    lines.append(_measures_row("all", "", measures.whole))
    if measures.worst:
        lines += ["", "flickers most beyond the input at:"]
    for moment in measures.worst:
        lines.append(
            f"{_clock(moment.seconds)}, frame {moment.frame}: warping error {moment.warping_error:.1f}, "
            f"of the input {moment.input_warping_error:.1f}, colour flicker {moment.colour_flicker:.1f}"
        )
    return "\n".join(lines)


def _measures_row(name: str, start: str, measures: video.Measures) -> str:
    def shown(value: float | None, width: int) -> str:
        return f"{'-' if value is None else format(value, '.2f'):>{width}}"

    return (
        f"{name:>5}{start:>11}{measures.num_frames:>8}{shown(measures.warping_error, 15)}"
        f"{shown(measures.input_warping_error, 14)}{shown(measures.warping_ratio, 7)}"
        f"{shown(measures.colour_flicker, 16)}{shown(measures.sharpness, 11)}"
    )


def _clock(seconds: float) -> str:
    """Return a time as --start takes it."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:05.2f}"


def outcome_fields(outcome: Outcome, engine: Verdict | None) -> dict:
    """Return what became of a clip of many and what translated it, ready for JSON."""
    return {
        "source": str(outcome.pair.source),
        "target": str(outcome.pair.target),
        "status": outcome.status,
        "engine": engine and engine.to_dict(),
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

"""Time whole clips, file to file: `cyclegan-tf video` against the plain script that people write.

    python benchmarks/whole_clips.py in.mp4
    python benchmarks/whole_clips.py in.mp4 --architecture resnet_6blocks --width 4 --turns 1   # a trial

The plain script reads frames with OpenCV, sends each through PyTorch, and writes them with OpenCV: no sound,
no other streams, no times, nothing verified. It steadies nothing, so neither do our sides but the last, which
is the command without an option. Both sides have equal weights, take turns, and are processes of
their own with everything in their time: start, model, decoding, encoding. PyTorch is in the dependency group
`benchmark`.
"""

import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from translate import LAYOUTS, fresh_model, side_of

from cyclegan_tf.inference.engines.kinds import engines_for

_PLAIN = "plain script"
_OURS = "from cyclegan_tf.cli.app import main; main()"


def main(
    clip: Annotated[Path, typer.Argument(help="Clip to translate.")],
    architecture: Annotated[str, typer.Option(help="resnet_6blocks or resnet_9blocks.")] = "resnet_9blocks",
    width: Annotated[int, typer.Option(help="Channels of the first layer.")] = 64,
    turns: Annotated[int, typer.Option(help="Clips of each side.")] = 3,
    only: Annotated[str, typer.Option(help="The one side of ours, as 'openvino bfloat16'.")] = "",
    child: Annotated[str, typer.Option(help="MODEL=OUT: be the plain script.", hidden=True)] = "",
) -> None:
    """Print one table."""
    if child:
        model, _, target = child.partition("=")
        _plain_script(clip, Path(target), side_of(LAYOUTS[1], Path(model), architecture, width))
        return
    with tempfile.TemporaryDirectory() as scratch:
        model, target = fresh_model(Path(scratch, "model"), architecture, width), Path(scratch, "out.mp4")
        plain = [sys.executable, __file__, *sys.argv[1:], "--child", f"{model}={target}"]
        ours = [
            sys.executable,
            "-c",
            _OURS,
            "video",
            clip,
            target,
            "--model",
            model,
            "--overwrite",
        ]
        alike = [*ours, "--steady", "off", "--engine"]
        sides = {
            str(one): [*alike, one.name, "--precision", one.precision] for one in engines_for("auto", "auto")
        }
        sides |= {"auto": [*alike, "auto"], "auto and steady": ours}
        sides |= {_PLAIN: plain} if find_spec("torch") else {}
        if only and only not in sides:
            raise typer.BadParameter(f"received {only!r}, expected one of: {', '.join(sides)}")
        sides = {name: command for name, command in sides.items() if only in ("", name) or name == _PLAIN}
        found = {name: [] for name in sides}
        for _ in range(turns):
            for name, command in sides.items():
                found[name].append(_run([str(word) for word in command]))
    base = _PLAIN if _PLAIN in found else next(iter(found))
    print(f"{clip.name}, {architecture}, width {width}, {turns} turns, {os.cpu_count()} processors")
    print(
        f"| side | s (median) | CPU s | times as fast as {base} | peak MB |\n| --- | --- | --- | --- | --- |"
    )
    for name, runs in found.items():
        seconds, cpu, peak = (median(column) for column in zip(*runs))
        ratio = median(one[0] / other[0] for one, other in zip(found[base], runs))
        print(f"| {name} | {seconds:.1f} | {cpu:.1f} | {ratio:.2f} | {peak:.0f} |")


def _run(command: list[str]) -> tuple[float, float, float]:
    """Return seconds of the clock and of the processor, and the peak memory in MB, of a process."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"it failed: {' '.join(command)}")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _plain_script(clip: Path, target: Path, translate) -> None:
    import cv2

    source, writer = cv2.VideoCapture(str(clip)), None
    while True:
        is_there, frame = source.read()
        if not is_there:
            break
        # Networks of this family take sides that are multiples of 4.
        height, width = (side - side % 4 for side in frame.shape[:2])
        result = translate(cv2.cvtColor(frame[:height, :width], cv2.COLOR_BGR2RGB))
        if writer is None:
            code, rate = cv2.VideoWriter.fourcc(*"mp4v"), source.get(cv2.CAP_PROP_FPS)
            writer = cv2.VideoWriter(str(target), code, rate, (width, height))
        writer.write(cv2.cvtColor(result, cv2.COLOR_RGB2BGR))
    writer.release()


if __name__ == "__main__":
    typer.run(main)

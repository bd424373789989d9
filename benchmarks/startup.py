"""Time from the start of a process to its help, and to its first translated picture, stage by stage.

    python benchmarks/startup.py
    python benchmarks/startup.py --model MODEL --side 128 --turns 1

Every figure is the median of processes of their own, all kinds in turn. The processor's seconds stand beside
those of the clock: on a machine that is busy with other things only they mean something. `cached` finds the
model for OpenVINO that an earlier process has converted; `first` converts it.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

_KINDS = {"tensorflow": "tensorflow", "openvino, first": "openvino", "openvino, cached": "openvino"}
_HELP = "from cyclegan_tf.cli.app import main; main()"
_STAGES = """
import json, sys, time
began = time.time() - float(sys.argv[1]), time.process_time()
marks = {"interpreter": began}
def mark(name):
    marks[name] = time.time() - float(sys.argv[1]), time.process_time()
import cyclegan_tf.cli.app
import cyclegan_tf.cli.clips
mark("command line and video")
from cyclegan_tf.system.tensorflow import import_tensorflow
import_tensorflow()
mark("TensorFlow")
from pathlib import Path
from cyclegan_tf.inference.translator import Translator
translator = Translator(Path(sys.argv[2]), engine=sys.argv[3])
mark("model")
import numpy as np
picture = np.random.default_rng(0).integers(0, 256, (1, int(sys.argv[4]), int(sys.argv[4]), 3), np.uint8)
translator(picture)
mark("first picture")
translator(picture)
mark("second picture")
print(json.dumps(marks))
"""


def main(
    model: Annotated[Path | None, typer.Option(help="Model folder; the bundled one without it.")] = None,
    side: Annotated[int, typer.Option(help="Height and width of the picture.")] = 256,
    turns: Annotated[int, typer.Option(help="Processes of each kind.")] = 5,
) -> None:
    """Print two tables."""
    from cyclegan_tf.models.run import find_model

    folder = find_model(model)
    helps = [_help() for _ in range(turns + 1)][1:]
    print("| | s | CPU s |\n| --- | --- | --- |")
    print(f"| --help | {median(wall for wall, _ in helps):.2f} | {median(cpu for _, cpu in helps):.2f} |\n")
    found = {kind: [] for kind in _KINDS}
    with tempfile.TemporaryDirectory() as kept:
        _marks("openvino", folder, side, kept)
        for _ in range(turns):
            for kind, engine in _KINDS.items():
                with tempfile.TemporaryDirectory() as fresh:
                    found[kind].append(_marks(engine, folder, side, kept if "cached" in kind else fresh))
    stages = list(found["tensorflow"][0])
    print("Seconds from the start until this stage is done (of the processor)\n")
    print(f"| engine | {' | '.join(stages)} |\n|{' --- |' * (len(stages) + 1)}")
    for kind, marks in found.items():
        cells = (
            f"{median(one[stage][0] for one in marks):.2f} ({median(one[stage][1] for one in marks):.2f})"
            for stage in stages
        )
        print(f"| {kind} | {' | '.join(cells)} |")


def _help() -> tuple[float, float]:
    """Return the seconds of the clock and of the processor for `--help`."""
    began, cpu = time.perf_counter(), _cpu_of_children()
    subprocess.run([sys.executable, "-c", _HELP, "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began, _cpu_of_children() - cpu


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _marks(engine: str, model: Path, side: int, cache: str) -> dict[str, tuple[float, float]]:
    command = [sys.executable, "-c", _STAGES, str(time.time()), str(model), engine, str(side)]
    child = subprocess.run(
        command, env={**os.environ, "CYCLEGAN_TF_CACHE": cache}, capture_output=True, text=True, check=True
    )
    return json.loads(child.stdout.splitlines()[-1])


if __name__ == "__main__":
    typer.run(main)

"""Row 64 of the fault catalogue: damaged files, and nothing but an explanation or a success.

Two hundred always, two thousand with the slow tests.

`mutated` is a function of the seed and a number alone: both identify a finding, which can be reproduced.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from threading import Lock

import numpy as np
import pytest
from PIL import Image

SEED = 64
FILES_A_PROCESS = 100
# For each file. The deadline ends what waits for something, and is long enough for a machine at work.
CPU_SECONDS, DEADLINE = 10, 300
# Arenas of threads and buffers of OpenBLAS would be most of a worker's memory where there are many cores.
VARIABLES = {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
ACCEPTED_CODES = (3, 4)
WORKER = """
import os, random, resource, signal, sys, time, traceback
from pathlib import Path
import video
from cyclegan_tf.config.loading import load_config
from cyclegan_tf.errors import UserError
from cyclegan_tf.images.reading import read_image

folder, seed, first, last, cpu_seconds, deadline = Path(sys.argv[1]), *map(int, sys.argv[2:])
resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30,) * 2)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
bases = {path: path.read_bytes() for path in sorted((folder / "bases").iterdir())}
scratch = folder / f"from-{first}"
scratch.mkdir()


def mutated(data, other, draw):
    data = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4, 8))):
        # Headers lie at the ends, and what is in them counts for more.
        near = draw.choice((len(data), 600, 60))
        place = draw.randrange(max(1, len(data)))
        if near < len(data):
            place = draw.choice((draw.randrange(near), len(data) - 1 - draw.randrange(near)))
        length = draw.choice((1, 2, 4, 8, 64, 1000))
        match draw.randrange(8):
            case 0 | 1:
                data[place : place + 1] = bytes([draw.randrange(256)])
            case 2:
                byte = data[place : place + 1] or b"\\0"
                data[place : place + 1] = bytes([byte[0] ^ 1 << draw.randrange(8)])
            case 3:
                data[place : place + 4] = draw.choice((0, 1, 2**31 - 1, 2**32 - 1)).to_bytes(4)
            case 4:
                del data[place:]
            case 5:
                del data[place : place + length]
            case 6:
                start = draw.randrange(max(1, len(other)))
                data[place:place] = other[start : start + length]
            case 7:
                data[place : place + length] = draw.randbytes(length)
    return bytes(data)


def video_of(path, draw):
    target = scratch / draw.choice(("out.mp4", "out.mkv"))
    options = {"overwrite": True, "batch_size": 2, "preset": "ultrafast"}
    options["on_bad_frame"] = draw.choice(("stop", "skip", "repeat"))
    options["on_size_change"] = draw.choice(("stop", "letterbox"))
    report = video.translate_video(path, target, lambda frames: frames, video.Options(**options))
    assert report.frames_written > 0 and target.stat().st_size > 0


READERS = {".yaml": lambda path, _: load_config(path)}
READERS |= dict.fromkeys((".jpg", ".png"), lambda path, _: read_image(path))


def say(*words):
    # In one write, or a death leaves half a line.
    os.write(1, (" ".join(map(str, words)) + "\\n").encode(errors="replace"))


def limit_time():
    # SIGXCPU or SIGALRM ends the process unless the next file comes before.
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + cpu_seconds, hard))
    signal.alarm(deadline)


for number in range(first, last):
    draw = random.Random(f"{seed}-{number}")
    base, other = draw.choice(list(bases)), draw.choice(list(bases))
    path = scratch / f"fuzzed{base.suffix}"
    path.write_bytes(mutated(bases[base], bases[other], draw))
    say("begin", number, base.name)
    limit_time()
    try:
        READERS.get(base.suffix, video_of)(path, draw)
    except video.UserError as error:
        say("refused", number, error.exit_code, type(error).__name__, str(error).replace("\\n", " | "))
    except BaseException:
        say("BUG", number, traceback.format_exc().replace("\\n", " | "))
    else:
        say("done", number)
say("finished", last)
"""


@dataclass
class Findings:
    """The outcome of every file, by number.

    Attributes:
        outcomes: how many were read or refused.
        bugs: unexplained exceptions, and refusals with an unexpected exit code.
        deaths: signals that ended a process in the middle of a file.
        hangs: files that took too long.
    """

    outcomes: Counter = field(default_factory=Counter)
    bugs: dict[int, str] = field(default_factory=dict)
    deaths: dict[int, str] = field(default_factory=dict)
    hangs: dict[int, str] = field(default_factory=dict)


def fuzz(folder, seed, num_files):
    """Read that many damaged versions of the files in folder/bases, in a few processes."""
    findings = Findings()
    blocks = [range(at, min(at + FILES_A_PROCESS, num_files)) for at in range(0, num_files, FILES_A_PROCESS)]
    lock = Lock()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda block: _read_block(folder, seed, block, findings, lock), blocks))
    return findings


def _read_block(folder, seed, block, findings, lock):
    first = block.start
    while first < block.stop:
        arguments = [folder, seed, first, block.stop, CPU_SECONDS, DEADLINE]
        command = [sys.executable, "-c", WORKER, *map(str, arguments)]
        ended = subprocess.run(command, capture_output=True, env={**os.environ, **VARIABLES}, check=False)
        said, complaints = ended.stdout.decode(errors="replace"), ended.stderr.decode(errors="replace")
        assert said, f"a process ended before its first file:\n{complaints}"
        with lock:
            first = _take_note(said, ended.returncode, findings)


def _take_note(said, code, findings):
    """Return the number of the first file that is still to be read."""
    number, base = -1, ""
    for line in said.splitlines():
        word, number, *rest = line.split(" ", 3)
        number = int(number)
        if word == "finished":
            return number
        if word == "begin":
            base = rest[0]
        elif word == "BUG" or (word == "refused" and int(rest[0]) not in ACCEPTED_CODES):
            findings.bugs[number] = f"{base}: {' '.join(rest)}"
        else:
            findings.outcomes[base, word] += 1
    if code in (-signal.SIGXCPU, -signal.SIGALRM):
        findings.hangs[number] = base
    else:
        findings.deaths[number] = f"{base}: {signal.Signals(-code).name if code < 0 else f'exit {code}'}"
    return number + 1


@pytest.fixture
def bases(tmp_path, make_clip, make_tracks, track):
    """Small whole files of every kind in the row."""
    folder = tmp_path / "bases"
    folder.mkdir()
    size = (48, 32)
    subtitles = track("subtitle", "srt", spans=((0.05, 0.2, "hello"),))
    sound = track("audio", "aac", spans=((0, 0.24),))
    clips = [
        make_clip("h264.mp4", count=6, size=size, sounds=["aac"], crf=30),
        make_clip("rotated.mp4", count=6, size=size, rotation=90, bframes=0, crf=30),
        make_clip("h264.mkv", ticks=[0, 33, 66, 133, 400], time_base=Fraction(1, 1000), size=size, crf=30),
        make_clip("ffv1.mkv", count=3, size=size, codec="ffv1"),
        make_tracks(
            "streams.mkv", sound, subtitles, track("font"), seconds=0.24, chapters=((0, 100, "one"),)
        ),
        make_tracks("streams.mp4", sound, track("cover"), seconds=0.24),
    ]
    for clip in clips:
        clip.rename(folder / clip.name)
    noise = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise).save(folder / "rotated.jpg", exif=exif)
    Image.fromarray(noise).save(folder / "progressive.jpg", progressive=True)
    Image.fromarray(noise).convert("CMYK").save(folder / "cmyk.jpg")
    Image.fromarray(noise).save(folder / "colour.png")
    Image.fromarray(noise).quantize(16).save(folder / "palette.png", transparency=3)
    Image.fromarray(noise[..., 0].astype(np.uint16) * 257).save(folder / "deep.png")
    (folder / "whole.yaml").write_text("name: mine\ndata:\n  crop_size: 64\ntrain:\n  steps: 10\n")
    from cyclegan_tf.config.loading import dump_config, load_config

    (folder / "every.yaml").write_text(dump_config(load_config("demo")))
    return tmp_path


# Longer than the deadline of a file, which names it.
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("num_files", [200, pytest.param(2000, marks=pytest.mark.slow)])
def test_row_64_damaged_files_are_explained_or_read(bases, record_testsuite_property, num_files):
    findings = fuzz(bases, SEED, num_files)
    record_testsuite_property("fuzz_outcomes", str(dict(sorted(findings.outcomes.items()))))
    assert (findings.bugs, findings.deaths, findings.hangs) == ({}, {}, {})
    # What is still read is read to its end; both have to happen for this test to say anything.
    kinds = {base.rpartition(".")[2] for base, _ in findings.outcomes}
    assert kinds == {"mp4", "mkv", "jpg", "png", "yaml"}
    assert {word for _, word in findings.outcomes} == {"done", "refused"}
    assert sum(findings.outcomes.values()) == num_files


@pytest.mark.parametrize(
    "said, code, next_number, found",
    [
        ("begin 3 a.mp4\ndone 3\nbegin 4 b.png\n", -11, 5, Findings(deaths={4: "b.png: SIGSEGV"})),
        ("begin 4 b.png\n", -9, 5, Findings(deaths={4: "b.png: SIGKILL"})),
        ("begin 4 b.png\n", -24, 5, Findings(hangs={4: "b.png"})),
        ("begin 4 b.png\n", -14, 5, Findings(hangs={4: "b.png"})),
        (
            "begin 4 b.png\nBUG 4 KeyError: | x\nfinished 5\n",
            0,
            5,
            Findings(bugs={4: "b.png: KeyError: | x"}),
        ),
        (
            "begin 4 b.png\nrefused 4 6 Output why\nfinished 9\n",
            0,
            9,
            Findings(bugs={4: "b.png: 6 Output why"}),
        ),
    ],
    ids=["death", "killed", "busy_hang", "idle_hang", "bug", "wrong_code"],
)
def test_what_goes_wrong_in_row_64_is_reported_and_the_next_files_are_read(said, code, next_number, found):
    findings = Findings()
    assert _take_note(said, code, findings) == next_number
    findings.outcomes.clear()
    assert findings == found

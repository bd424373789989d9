import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

import video
from cyclegan_tf import errors
from cyclegan_tf.cli import app as cli
from cyclegan_tf.demo import run as demo
from cyclegan_tf.demo.run import DemoReport, Score
from cyclegan_tf.exporters import exporting as export
from cyclegan_tf.exporters.exporting import ExportOptions, ExportReport
from cyclegan_tf.models.run import Run
from cyclegan_tf.training import fit as training
from cyclegan_tf.training import plan

pytestmark = pytest.mark.usefixtures("shallow_generators")

COMMANDS = ["fit", "video", "info", "export", "demo", "check-data"]
# What the console script does.
MAIN = "from cyclegan_tf.cli.app import main; main()"


def start(*arguments, code=MAIN, **options):
    """Runs the command line in a process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, **options)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clips") / "in.mp4"
    video.write_clip(path, np.random.default_rng(0).integers(0, 256, (3, 32, 48, 3), dtype=np.uint8), 10)
    return path


def test_help_lists_the_commands_and_does_not_wait_for_tensorflow():
    imported = "print(sorted({'tensorflow', 'keras'} & set(sys.modules)), file=sys.stderr)"
    process = start("--help", code=f"import atexit, sys; atexit.register(lambda: {imported}); {MAIN}")
    assert process.returncode == 0
    assert all(name in process.stdout for name in COMMANDS)
    assert process.stderr == "[]\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(command, name):
    result = command(name, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_the_version_is_that_of_the_package(command):
    assert re.fullmatch(r"cyclegan-tf \d+\.\d+\.\d+\n", command("--version").stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ("unheard-of",),
        ("fit", "--unheard-of"),
        ("video", "only_one.mp4"),
        ("export", "m", "o", "--direction", "x"),
    ],
    ids=["command", "option", "missing_argument", "choice"],
)
def test_a_command_line_that_makes_no_sense_is_a_usage_error(command, arguments):
    assert command(*arguments).exit_code == 2


def test_fit_tells_on_stdout_where_everything_is(tiny_fit):
    folder = tiny_fit.runs / "tiny"
    lines = dict(line.split(None, 1) for line in tiny_fit.stdout.splitlines())
    assert lines["run"] == str(folder)
    assert lines["model"] == str(folder / "model")
    assert lines["curves"] == f"tensorboard --logdir {folder / 'tensorboard'}"
    assert f"--model {folder}" in lines["next:"]


def test_fit_shows_its_progress_on_stderr_alone(tiny_fit):
    assert "training 4/4" in tiny_fit.stderr
    assert "cycle " in tiny_fit.stderr
    assert "training" not in tiny_fit.stdout


def test_fit_as_json_is_nothing_but_json(command, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "fit", lambda config, **options: Run(tmp_path / config.name))
    result = command("fit", tmp_path, "--config", "demo", "--name", "mine", "--json")
    assert json.loads(result.stdout)["model"] == str(tmp_path / "mine" / "model")


@pytest.mark.parametrize(
    ("options", "passed"),
    [((), {}), (("--fresh",), {"fresh": True}), (("--allow-data-change",), {"allow_data_change": True})],
)
def test_fit_hands_on_what_it_was_given(command, tmp_path, monkeypatch, options, passed):
    given = {}

    def fit(config, **options):
        given.update(options, config=config)
        return Run(tmp_path)

    monkeypatch.setattr(training, "fit", fit)
    command("fit", tmp_path, "--config", "demo", "--name", "2e-4", "--set", "train.steps=9", *options)
    config = given.pop("config")
    assert (config.name, config.train.steps, config.data.root) == ("2e-4", 9, str(tmp_path))
    assert given == {"resume": False, "fresh": False, "allow_data_change": False, **passed}


def test_resuming_and_starting_over_exclude_each_other(command):
    result = command("fit", "--resume", "--fresh")
    assert result.exit_code == 2
    assert "error: --resume and --fresh exclude each other" in result.stderr


@pytest.fixture
def dry_run(command, tiny_data, tiny_options, tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "seconds_per_step", lambda *arguments: 2.0)
    monkeypatch.chdir(tmp_path)
    return lambda *options: command("fit", tiny_data, *tiny_options, "--dry-run", *options)


def test_a_dry_run_prints_the_plan_and_writes_nothing(dry_run, tmp_path):
    result = dry_run()
    assert result.exit_code == 0
    assert "generator_width: 4" in result.stdout
    assert "about 2.00 s a step" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_as_json_is_nothing_but_json(dry_run):
    planned = json.loads(dry_run("--json").stdout)
    assert (planned["num_steps"], planned["num_a"], planned["num_b"]) == (4, 4, 3)


def test_video_takes_the_newest_finished_run_and_names_it(command, clip, tiny_run, tmp_path, monkeypatch):
    shutil.copytree(tiny_run, tmp_path / "runs" / "mine")
    (tmp_path / "runs" / "unfinished" / "model").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    result = command("video", clip, "out.mp4", "--batch-size", "1")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "out.mp4").is_file()
    assert "model: runs/mine/model" in result.stdout
    assert "out.mp4  48x32, 3 of 3 frames, 0.30 s" in result.stdout
    assert "translating 3/3" in result.stderr


def test_video_as_json_names_the_model_too(command, clip, tiny_run, tmp_path):
    result = command("video", clip, tmp_path / "out.mp4", "--model", tiny_run, "--direction", "ba", "--json")
    report = json.loads(result.stdout)
    assert report["model"] == str(tiny_run / "model")
    assert report["frames_written"] == 3


def test_video_replaces_an_output_only_when_asked(command, clip, tiny_run, tmp_path):
    target = tmp_path / "out.mp4"
    target.write_bytes(b"precious")
    assert command("video", clip, target, "--model", tiny_run).exit_code == 6
    assert target.read_bytes() == b"precious"
    assert command("video", clip, target, "--model", tiny_run, "--overwrite").exit_code == 0
    assert target.read_bytes() != b"precious"


@pytest.fixture
def exported(monkeypatch):
    """Notes what `export` was called with, and reports something."""
    calls = []

    def export_model(model, target, options):
        calls.append((str(model), str(target), options))
        return ExportReport("out", "onnx", "ba", 2_500_000, None, 1, 0.01, 68.0, ((1, 64, 64),))

    monkeypatch.setattr(export, "export_model", export_model)
    return calls


def test_export_prints_one_line_with_the_proof(command, exported):
    result = command("export", "runs/mine", "out", "--direction", "ba", "--overwrite")
    assert exported == [("runs/mine", "out", ExportOptions(direction="ba", overwrite=True))]
    assert result.stdout == (
        "out  onnx, ba, 2.5 MB, any size, loaded again and compared: at most 1 grey levels apart, "
        "0.0100 on average, PSNR 68.0 dB\n"
    )


def test_export_as_json_is_nothing_but_json(command, exported):
    report = json.loads(command("export", "runs/mine", "out", "--json").stdout)
    assert (report["path"], report["largest_difference"]) == ("out", 1)


def test_demo_prints_a_table_and_the_files(command, monkeypatch):
    scores = {"ab": Score(10.0, 11.04, 22.25), "ba": Score(12.0, 13.0, 24.0)}
    monkeypatch.setattr(
        demo, "run_demo", lambda folder, say: DemoReport(scores, {"grid": "demo/grid.png"}, 61.2)
    )
    result = command("demo")
    assert re.search(r"summer to winter +10\.0 +11\.0 +22\.2", result.stdout)
    assert re.search(r"winter to summer +12\.0 +13\.0 +24\.0", result.stdout)
    assert "demo/grid.png" in result.stdout


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (errors.UsageError, 2),
        (errors.ConfigError, 3),
        (errors.DataError, 4),
        (errors.ModelError, 5),
        (errors.OutputError, 6),
        (errors.DivergedError, 7),
        (errors.MachineError, 8),
        (video.UsageError, 2),
        (video.MediaError, 4),
        (video.OutputError, 6),
        (video.TranslationError, 7),
        (video.MachineError, 8),
    ],
    ids=lambda value: f"{value.__module__}.{value.__name__}" if isinstance(value, type) else None,
)
def test_every_error_is_three_lines_on_stderr_and_an_exit_code(command, monkeypatch, error, exit_code):
    def fail(*arguments, **options):
        raise error("it broke: /some/path", detail="expected this; found that", fix="do so")

    monkeypatch.setattr(export, "export_model", fail)
    result = command("export", "m", "o")
    assert result.exit_code == exit_code
    assert "error: it broke: /some/path\nexpected this; found that\nfix: do so\n" in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("stop", "exit_code"),
    [
        (errors.Interrupted("saved; resume with: ...", 130), 130),
        (errors.Interrupted("saved; resume with: ...", 143), 143),
        (KeyboardInterrupt(), 130),
    ],
    ids=["ctrl_c", "sigterm", "ctrl_c_elsewhere"],
)
def test_a_command_that_was_stopped_tells_the_shell_so(command, monkeypatch, stop, exit_code):
    def be_stopped(*arguments, **options):
        raise stop

    monkeypatch.setattr(export, "export_model", be_stopped)
    result = command("export", "m", "o")
    assert result.exit_code == exit_code
    assert (str(stop) or "interrupted by Ctrl-C") in result.stderr
    assert "Traceback" not in result.stderr


def test_debug_shows_the_traceback_of_an_explained_error(command, tmp_path, capfd):
    result = command("--debug", "export", tmp_path / "nowhere", tmp_path / "out")
    assert result.exit_code == 5
    assert "Traceback" in result.stderr + capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (("fit", "nowhere", "--config", "no.yaml"), 2, "error: no such configuration: no.yaml"),
        (("fit", "nowhere", "--set", "train.steps=-1"), 3, "train.steps: received -1"),
        (("video", "in.mp4", "no/such/out.mp4"), 6, "error: the output's folder does not exist"),
    ],
    ids=["usage", "configuration", "output"],
)
def test_the_shell_sees_the_exit_code_and_the_message(tmp_path, arguments, exit_code, message):
    process = start(*arguments, cwd=tmp_path)
    assert process.returncode == exit_code
    assert message in process.stderr
    assert process.stdout == ""
    assert "starting TensorFlow" not in process.stderr
    assert list(tmp_path.iterdir()) == []


CHATTY = """
from cyclegan_tf.cli import app as cli
def chatty():
    for _ in range(10000):
        cli._print("a line of the result")
cli._command(chatty)
cli.main()
"""


@pytest.mark.parametrize(
    ("code", "argument"),
    [(CHATTY, "chatty"), (MAIN, "--help"), (MAIN, "--version")],
    ids=lambda v: v[:9].strip(),
)
def test_a_reader_that_closes_our_output_is_no_error_to_talk_about(code, argument):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", code, argument]
    process = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert process.stderr == ""
    if argument == "chatty":
        assert process.returncode == 0


@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}, {"NO_COLOR": "1"}]
)
def test_any_terminal_gets_plain_text_when_it_wants_it(tmp_path, environment):
    process = start("fit", tmp_path / "pictures-ü", "--a", "x", env={**os.environ, **environment})
    assert process.returncode == 2
    assert "error: DATA and --a/--b exclude each other" in process.stderr
    assert "\x1b[" not in process.stdout + process.stderr


def test_a_name_that_the_terminal_cannot_show_is_shown_as_well_as_it_can(tmp_path):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    process = start("video", "in.mp4", "nirgendwo-ü/out.mp4", env=environment, cwd=tmp_path)
    assert process.returncode == 6
    assert "nirgendwo-" in process.stderr
    assert "Traceback" not in process.stderr


def test_logs_of_the_package_go_to_stderr():
    code = "import logging, sys; sys.argv.append('--version'); from cyclegan_tf import cli; "
    code += "cli.app = lambda: logging.getLogger('cyclegan_tf').info('restored it'); cli.main()"
    process = start(code=code)
    assert process.stderr == "INFO: restored it\n"
    assert process.stdout == ""


def test_the_console_script_is_the_main_function():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="cyclegan-tf")
    assert script.load() is cli.main

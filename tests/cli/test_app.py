import os
import re
import subprocess
import sys

import pytest

import video
from cyclegan_tf import errors
from cyclegan_tf.cli import app as cli
from cyclegan_tf.models import run

COMMANDS = ["fit", "image", "video", "info", "import", "export", "demo", "check-data"]
# What the console script does.
MAIN = "from cyclegan_tf.cli.app import main; main()"


def start(*arguments, code=MAIN, **options):
    """Runs the command line in a process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, **options)


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

    monkeypatch.setattr(run, "find_model", fail)
    result = command("export", "o", "--model", "m")
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

    monkeypatch.setattr(run, "find_model", be_stopped)
    result = command("export", "o", "--model", "m")
    assert result.exit_code == exit_code
    assert (str(stop) or "interrupted by Ctrl-C") in result.stderr
    assert "Traceback" not in result.stderr


def test_debug_shows_the_traceback_of_an_explained_error(command, tmp_path, capfd):
    result = command("--debug", "export", tmp_path / "out", "--model", tmp_path / "nowhere")
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
from cyclegan_tf.cli.shell import guarded
def chatty():
    for _ in range(10000):
        print("a line of the result")
cli.app.command()(guarded(chatty))
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
def test_row_62_any_terminal_gets_plain_text_when_it_wants_it(tmp_path, environment):
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
    code = "import logging, sys; sys.argv.append('--version'); from cyclegan_tf.cli import app as cli; "
    code += "cli.app = lambda: logging.getLogger('cyclegan_tf').info('restored it'); cli.main()"
    process = start(code=code)
    assert process.stderr == "INFO: restored it\n"
    assert process.stdout == ""


def test_the_console_script_is_the_main_function():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="cyclegan-tf")
    assert script.load() is cli.main

import re
import subprocess
import sys

import pytest

from cyclegan_tf.cli import app as cli

COMMANDS = [
    "fit",
    "image",
    "video",
    "evaluate-video",
    "info",
    "import",
    "export",
    "demo",
    "report",
    "check-data",
]


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


def test_the_console_script_is_the_main_function():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="cyclegan-tf")
    assert script.load() is cli.main

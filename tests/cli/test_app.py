import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from cyclegan_tf.cli import app as cli

COMMANDS = [registered.name for registered in cli.app.registered_commands]
README = Path(__file__).parents[2] / "README.md"
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
    assert re.findall(r"(?m)^\W{2}([a-z][a-z-]*) ", process.stdout) == COMMANDS
    assert process.stderr == "[]\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(command, name):
    result = command(name, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def options_of(name):
    """The options of a command, as they are written."""
    command = typer.main.get_command(cli.app).commands[name]
    return [option for parameter in command.params for option in parameter.opts]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_result_as_json(name):
    assert "--json" in options_of(name)


def test_the_commands_with_a_dry_run_are_those_that_the_readme_names():
    said = re.search(r"(?m)^(.+) take `--dry-run`", README.read_text())[1]
    assert re.findall("`(.+?)`", said) == [name for name in COMMANDS if "--dry-run" in options_of(name)]


def test_the_version_is_that_of_the_package(command):
    assert re.fullmatch(r"cyclegan-tf \d+\.\d+\.\d+\n", command("--version").stdout)


def test_the_console_script_is_the_main_function():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="cyclegan-tf")
    assert script.load() is cli.main

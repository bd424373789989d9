"""Errors in the command line, reported in the same form as all other errors."""

import re
import sys

import typer
from typer.core import TyperGroup

from cyclegan_tf.cli.ray_options import with_address

# Options of versions before 1.0, by command, with the names that they have now.
RENAMED_OPTIONS = {
    ("image", "--tile"): "--strip-rows",
    ("video", "--tile"): "--strip-rows",
    ("video", "--preset"): "--encoder-preset",
    ("fit", "--init"): "--start-from",
    ("fit", "--fresh"): "--overwrite",
}
# Commands whose first argument was the model.
MODEL_FIRST = {"image": "IN OUT --model MODEL", "export": "OUT --model MODEL"}


class Commands(TyperGroup):
    """The commands, with usage errors in our own form."""

    def main(self, args=None, prog_name=None, **options):
        """Run a command line and end the process; see Typer's own."""
        args = with_address(sys.argv[1:] if args is None else list(args))
        if options.pop("standalone_mode", True) is False:
            return super().main(args, prog_name, standalone_mode=False, **options)
        try:
            exit_code = super().main(args, prog_name, standalone_mode=False, **options)
        except Exception as error:
            # What Typer raises for a command line has this method, and no public class in all its versions.
            if not hasattr(error, "format_message"):
                raise
            typer.echo(usage_text(error), err=True)
            sys.exit(error.exit_code)
        sys.exit(exit_code if isinstance(exit_code, int) else 0)


def usage_text(error) -> str:
    """Return what is wrong with a command line, and what to do about it.

    Args:
        error: what Typer raised.
    """
    context = getattr(error, "ctx", None)
    command = context.info_name if context and context.parent else ""
    what = _what(error.format_message())
    guess = re.search(r"did you mean .*", what)
    fix = guess[0] if guess else _fix(error, command)
    return f"error: {what.split('. did you mean')[0]}\nfix: {fix}"


def _what(message: str) -> str:
    """Return Typer's message as a part of a sentence, without its guesses at options."""
    said = message.split(" (Possible options:")[0].rstrip(".")
    for words, ours in (
        ("Value error, ", ""),
        ("Got unexpected extra argument(s)", "unexpected argument"),
        ("Did you mean", "did you mean"),
    ):
        said = said.replace(words, ours)
    return said[:1].lower() + said[1:]


def _fix(error, command: str) -> str:
    option = getattr(error, "option_name", "")
    if (command, option) in RENAMED_OPTIONS:
        return f"{option} was renamed: give {RENAMED_OPTIONS[command, option]}"
    if command in MODEL_FIRST and "unexpected extra argument" in error.format_message():
        return f"the model is an option: cyclegan-tf {command} {MODEL_FIRST[command]}"
    if getattr(error, "possibilities", None):
        return f"did you mean {' or '.join(sorted(error.possibilities))}?"
    return f"cyclegan-tf {f'{command} ' if command else ''}--help lists what can be given"

"""What a shell expects of a program: streams that may close, signals, error texts and exit codes."""

import functools
import logging
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from typing import NoReturn

import typer

from cyclegan_tf import __version__
from cyclegan_tf.errors import Interrupted, LostHostError, UserError
from cyclegan_tf.system.stop_signals import heeded_signals, leave_closed_terminal, signal_name

REPORT_PLEASE = "please report this with the log, which holds the whole story"
_HUNG_UP = 129
_shown = {"tracebacks": False}


def prepare_process() -> None:
    """Set up streams, logging and signals for a program that people and other programs call."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            # A terminal that cannot show a character gets a question mark, not a crash.
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s: %(message)s", level=logging.WARNING)
    logging.getLogger("cyclegan_tf").setLevel(logging.INFO)
    for number in heeded_signals():
        # Python raises KeyboardInterrupt at Ctrl-C by itself.
        if number != signal.SIGINT:
            signal.signal(number, _terminate)


def show_tracebacks(show: bool) -> None:
    """Choose whether errors also print their traceback."""
    _shown["tracebacks"] = show


def guarded(function: Callable[..., None]) -> Callable[..., None]:
    """Wrap a command so that its errors become a short text on stderr and an exit code."""

    @functools.wraps(function)
    def run(**arguments):
        try:
            function(**arguments)
            sys.stdout.flush()
        except typer.Exit:
            raise
        except BrokenPipeError:
            # The reader of our output has closed it, as `| head` does.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except Interrupted as stop:
            typer.echo(_with_notes(str(stop), stop), err=True)
            _leave(stop.exit_code)
        except KeyboardInterrupt as stop:
            typer.echo(_with_notes("interrupted by Ctrl-C", stop), err=True)
            _leave(130)
        except LostHostError as error:
            _leave_at_once(_explain(error))
        except Exception as error:
            raise typer.Exit(_explain(error)) from error

    return run


def _terminate(number: int, _) -> None:
    leave_closed_terminal(number)
    # As an exception, so that what is being written aside is removed on the way out.
    raise Interrupted(f"stopped by {signal_name(number)}", 128 + number)


def _leave(exit_code: int) -> NoReturn:
    """End the command.

    At once if a thread is still inside a library, which would crash at a normal exit, or if the terminal is
    gone, on which libraries may wait for ever.
    """
    if exit_code == _HUNG_UP or any(
        thread.daemon and thread.name.startswith("video-") for thread in threading.enumerate()
    ):
        _leave_at_once(exit_code)
    raise typer.Exit(exit_code) from None


def _leave_at_once(exit_code: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


def _with_notes(text: str, error: BaseException) -> str:
    return "\n".join([text, *getattr(error, "__notes__", ())])


def _explain(error: Exception) -> int:
    """Report an error to the user and return the exit code."""
    if _shown["tracebacks"]:
        traceback.print_exception(error)
    if isinstance(error, UserError):
        typer.echo(_with_notes(str(error), error), err=True)
        return error.exit_code
    with tempfile.NamedTemporaryFile("w", prefix="cyclegan-tf-", suffix=".log", delete=False) as log:
        log.write(f"cyclegan-tf {__version__}, Python {sys.version}\n{' '.join(sys.argv)}\n\n")
        traceback.print_exception(error, file=log)
    what = f"error: sorry, this is a bug: {type(error).__name__}: {error}"
    typer.echo(f"{what}\nlog: {log.name}\nfix: {REPORT_PLEASE}", err=True)
    return 1

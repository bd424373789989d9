"""The signals that ask a command to stop, and what a terminal that is gone means for its output."""

import os
import signal
import stat
import sys
from typing import TextIO

# A cluster that takes a machine back sends one of the user's signals, or that of the CPU limit, some minutes
# ahead; a terminal whose connection breaks sends SIGHUP. Windows has only the first two.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU")
STOP_SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


def heeded_signals() -> tuple[signal.Signals, ...]:
    """Return the signals to stop at: all but those that this process was started to ignore, as by nohup."""
    always = (signal.SIGINT, signal.SIGTERM)
    return tuple(n for n in STOP_SIGNALS if n in always or signal.getsignal(n) is not signal.SIG_IGN)


def signal_name(number: int) -> str:
    """Return a signal's name for people."""
    return "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name


def leave_closed_terminal(number: int) -> None:
    """Send what would go to a terminal nowhere if it is gone: a failing write would end the run unsaved.

    Args:
        number: of the signal that arrived.
    """
    if number != getattr(signal, "SIGHUP", None):
        return
    for stream in (sys.stdout, sys.stderr):
        if stream is None or not _is_on_terminal(stream):
            continue
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _is_on_terminal(stream: TextIO) -> bool:
    # Not isatty(), which is false for a terminal that has hung up: it is a device, and not the null one.
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return stat.S_ISCHR(status.st_mode) and not os.path.samestat(status, os.stat(os.devnull))

"""Signals while a run trains: finish the step, or exit at once at a second Ctrl-C."""

import contextlib
import os
import signal
import sys
import threading

from cyclegan_tf.system.stop_signals import heeded_signals, leave_closed_terminal, signal_name
from video.core.leftovers import remove_own_leftovers


class StopSignals:
    """Notes the first signal, and ends the process at a second Ctrl-C.

    A training step is one long call into TensorFlow, in which Python runs no signal handler. The
    interpreter still writes to its wake-up pipe, and a thread reads that.

    Attributes:
        received: the first signal, or None.
    """

    def __init__(self):
        self.received: int | None = None

    @property
    def exit_code(self) -> int:
        """The exit code that a shell expects after a signal."""
        return 128 + (self.received or 0)

    @property
    def name(self) -> str:
        """The signal's name for people."""
        return signal_name(self.received or 0)

    def __enter__(self):
        if threading.current_thread() is not threading.main_thread():
            # Only the main thread may set handlers; a caller that trains elsewhere keeps its own.
            self._reading = None
            return self
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        self._handlers = {number: signal.signal(number, lambda *_: None) for number in heeded_signals()}
        self._wakeup = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        self._watcher = threading.Thread(target=self._watch, name="stop-signals", daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *exception):
        if self._reading is None:
            return
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._writing)
        self._watcher.join()
        os.close(self._reading)

    def _watch(self) -> None:
        while number := os.read(self._reading, 1):
            self._note(number[0])

    def _note(self, number: int) -> None:
        if number not in self._handlers:
            return
        leave_closed_terminal(number)
        if self.received is None:
            self.received = number
            _say(f"\n{self.name}: stopping after this step; Ctrl-C again to leave at once")
        elif number == signal.SIGINT:
            remove_own_leftovers()
            _say("left at once; the last checkpoint is as it was")
            os._exit(130)


def _say(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201

import os
import signal
import subprocess
import sys

import pytest

from cyclegan_tf.system.stop_signals import STOP_SIGNALS, heeded_signals, leave_closed_terminal, signal_name

SCRIPT = (
    "import signal; from cyclegan_tf.system.stop_signals import *; print(signal.SIGHUP in heeded_signals())"
)


@pytest.mark.parametrize(("ignored", "heeded"), [(True, "False\n"), (False, "True\n")], ids=["nohup", "else"])
def test_a_hang_up_is_heeded_unless_the_process_was_started_to_ignore_it(ignored, heeded):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    try:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, restore_signals=False
        )
    finally:
        signal.signal(signal.SIGHUP, before)
    assert done.stdout == heeded


def test_names_are_those_that_people_know():
    assert [signal_name(number) for number in STOP_SIGNALS[:4]] == ["Ctrl-C", "SIGTERM", "SIGHUP", "SIGUSR1"]
    assert set(heeded_signals()) <= set(STOP_SIGNALS)


def test_only_what_goes_to_a_terminal_that_hung_up_goes_nowhere(monkeypatch, tmp_path):
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal, (tmp_path / "log").open("w") as log:
        monkeypatch.setattr(sys, "stdout", log)
        monkeypatch.setattr(sys, "stderr", terminal)
        leave_closed_terminal(signal.SIGTERM)
        assert os.isatty(terminal.fileno())
        os.close(ours)
        leave_closed_terminal(signal.SIGHUP)
        sys.stderr.write("text\n")
        sys.stderr.flush()
        sys.stdout.write("text\n")
        sys.stdout.flush()
    assert (tmp_path / "log").read_text() == "text\n"

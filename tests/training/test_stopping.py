import os
import shutil
import signal
import threading
import time

import pytest

from cyclegan_tf.system.stop_signals import STOP_SIGNALS
from cyclegan_tf.training import stopping
from cyclegan_tf.training.stopping import StopSignals
from video.core.files import replace_folder
from video.core.leftovers import remove_own_leftovers


def wait_for(condition) -> None:
    """Waits for the thread that reads the signals, ten seconds at most."""
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.005)
    pytest.fail("waited in vain")


def send(number) -> None:
    os.kill(os.getpid(), number)


@pytest.fixture
def exits(monkeypatch):
    """Exit codes with which the process would have ended at once."""
    codes = []
    monkeypatch.setattr(stopping.os, "_exit", codes.append)
    return codes


@pytest.mark.parametrize(
    ("number", "name", "exit_code"),
    [
        (signal.SIGINT, "Ctrl-C", 130),
        (signal.SIGTERM, "SIGTERM", 143),
        (signal.SIGHUP, "SIGHUP", 129),
        (signal.SIGUSR1, "SIGUSR1", 138),
    ],
)
def test_the_first_signal_is_noted_and_explained(capsys, exits, number, name, exit_code):
    with StopSignals() as signals:
        assert signals.received is None
        send(number)
        wait_for(lambda: signals.received)
    assert (signals.received, signals.name, signals.exit_code) == (number, name, exit_code)
    assert capsys.readouterr().err == f"\n{name}: stopping after this step; Ctrl-C again to leave at once\n"
    assert exits == []


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_a_ctrl_c_after_the_first_signal_leaves_at_once(capsys, exits, first):
    with StopSignals() as signals:
        send(first)
        wait_for(lambda: signals.received)
        send(signal.SIGINT)
        wait_for(lambda: exits)
    assert exits == [130]
    assert signals.received == first
    assert capsys.readouterr().err.endswith("left at once; the last checkpoint is as it was\n")


def test_a_second_sigterm_changes_nothing(exits):
    with StopSignals() as signals:
        send(signal.SIGINT)
        wait_for(lambda: signals.received)
        send(signal.SIGTERM)
    assert exits == []
    assert signals.received == signal.SIGINT


def test_a_signal_is_noted_while_the_main_thread_is_in_one_long_call(exits):
    """Python runs no handler there: the thread that reads must not wait for one."""
    with StopSignals() as signals:
        noted = []
        lock = threading.Lock()
        lock.acquire()

        def release_when_noted():
            send(signal.SIGTERM)
            for _ in range(2000):
                if signals.received:
                    break
                time.sleep(0.005)
            noted.append(signals.received)
            lock.release()

        thread = threading.Thread(target=release_when_noted)
        thread.start()
        lock.acquire(timeout=30)
        thread.join(timeout=30)
    assert noted == [signal.SIGTERM]


def test_handlers_and_wake_up_are_put_back(exits):
    before = [signal.getsignal(number) for number in STOP_SIGNALS]
    for _ in range(3):
        with StopSignals():
            assert [signal.getsignal(number) for number in STOP_SIGNALS] != before
    assert [signal.getsignal(number) for number in STOP_SIGNALS] == before
    assert signal.set_wakeup_fd(-1) == -1
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_other_signals_are_not_ours(exits):
    heard = []
    before = signal.signal(signal.SIGWINCH, lambda *_: heard.append(1))
    try:
        with StopSignals() as signals:
            send(signal.SIGWINCH)
            wait_for(lambda: heard)
    finally:
        signal.signal(signal.SIGWINCH, before)
    assert signals.received is None


def test_outside_the_main_thread_the_caller_keeps_its_handlers():
    handlers, seen = [signal.getsignal(number) for number in STOP_SIGNALS], []

    def train():
        with StopSignals() as signals:
            seen.append(signals.received)
            seen.append([signal.getsignal(number) for number in STOP_SIGNALS])

    thread = threading.Thread(target=train)
    thread.start()
    thread.join(timeout=30)
    assert seen == [None, handlers]


def test_what_is_written_aside_is_out_of_reach_before_it_is_deleted(tmp_path, monkeypatch):
    """The writing thread may be about to rename it: half of it must never get the final name."""
    seen = []
    rmtree = shutil.rmtree

    def watched(path, *arguments, **options):
        seen.append((os.fspath(path), aside.exists()))
        rmtree(path, *arguments, **options)

    target = tmp_path / "step-00000001"
    with pytest.raises(FileNotFoundError), replace_folder(target) as aside:
        (aside / "state").write_text("half")
        monkeypatch.setattr(shutil, "rmtree", watched)
        remove_own_leftovers()
    assert [exists for _, exists in seen] == [False]
    assert list(tmp_path.iterdir()) == []

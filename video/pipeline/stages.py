"""Three concurrent stages, each in a thread: one reads, one works, one writes."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from video.pipeline.channel import Broken, Channel

# A callable may be inside a library call that no signal interrupts; Ctrl-C does not wait for it.
_SECONDS_TO_EXIT = 0.5
# A signal that arrives just before a wait begins does not end it; it is handled between two waits.
_SECONDS_BETWEEN_SIGNALS = 0.2


@dataclass(frozen=True)
class StageTimes:
    """The duration of a run, and how long each stage was busy, in seconds."""

    elapsed: float
    decode: float
    translate: float
    encode: float


def run_stages(
    source: Iterable,
    work: Callable[[Iterator], Iterator],
    sink: Callable[[Any], None],
    *,
    capacity: int,
) -> StageTimes:
    """Send every item of `source` through `work` into `sink`, each in its own thread.

    PyAV and TensorFlow release the interpreter lock, so the stages overlap. At most `capacity` items wait
    between two stages, whatever the length of the source. The caller's thread only waits, so Ctrl-C is
    handled at once. The threads have ended when this returns or raises; after a signal, one that is inside
    a long library call may keep running.

    Args:
        source: the items; iterated in a thread.
        work: from an iterator of items to an iterator of results; iterated in a thread.
        sink: takes one result; called in a thread, in order.
        capacity: items that may wait before `work`, and before `sink`; at least 1.

    Returns:
        The time of the run, and the busy time of each stage.

    Raises:
        BaseException: the first error of any stage, unchanged.
    """
    incoming, outgoing = Channel(capacity), Channel(capacity)
    channels, ended = (incoming, outgoing), threading.Event()
    stages = {
        "decode": lambda: _feed(source, incoming),
        "translate": lambda: _feed(work(iter(incoming)), outgoing),
        "encode": lambda: _drain(outgoing, sink, ended),
    }
    threads = [
        threading.Thread(target=_guarded, args=(stage, channels, ended), name=f"video-{name}", daemon=True)
        for name, stage in stages.items()
    ]
    began = time.perf_counter()
    try:
        for thread in threads:
            thread.start()
        while not ended.wait(_SECONDS_BETWEEN_SIGNALS):
            pass
        while any(thread.is_alive() for thread in threads):
            _join(threads, _SECONDS_BETWEEN_SIGNALS)
    except BaseException as signalled:
        _fail(channels, signalled)
        _join(threads, _SECONDS_TO_EXIT)
        raise
    elapsed = time.perf_counter() - began
    if outgoing.error is not None:
        raise outgoing.error
    return StageTimes(
        elapsed,
        elapsed - incoming.seconds_full,
        elapsed - incoming.seconds_empty - outgoing.seconds_full,
        elapsed - outgoing.seconds_empty,
    )


def call_in_thread(function: Callable):
    """Call a function in its own thread, so that Ctrl-C is handled while it is inside a library.

    Returns:
        The result of the function.

    Raises:
        BaseException: whatever it raises, unchanged.
    """
    results = []
    run_stages([None], lambda _: iter([function()]), results.append, capacity=1)
    return results[0]


def _feed(items: Iterable, channel: Channel) -> None:
    for item in items:
        channel.put(item)
    channel.close()


def _drain(channel: Channel, sink: Callable[[Any], None], ended: threading.Event) -> None:
    for item in channel:
        sink(item)
    ended.set()


def _guarded(stage: Callable[[], None], channels: tuple[Channel, ...], ended: threading.Event) -> None:
    """Run a stage; an error in it breaks every channel and ends the wait."""
    try:
        stage()
    except Broken:
        ended.set()
    except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
        _fail(channels, error)
        ended.set()


def _fail(channels: tuple[Channel, ...], error: BaseException) -> None:
    for channel in channels:
        channel.fail(error)


def _join(threads: list[threading.Thread], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for thread in threads:
        if thread.ident is not None:
            thread.join(max(0.0, deadline - time.monotonic()))

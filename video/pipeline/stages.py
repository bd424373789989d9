"""Concurrent stages, each in a thread: one reads, the next ones work, one writes."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from video.pipeline.channel import Broken, Channel

# A callable may be inside a library call that no signal interrupts; Ctrl-C does not wait for it.
_SECONDS_TO_EXIT = 0.5
# A signal that arrives just before a wait begins does not end it; it is handled between two waits.
_SECONDS_BETWEEN_SIGNALS = 0.2


@dataclass(frozen=True)
class StageTimes:
    """The duration of a run, and how long each stage was busy, by its name, in seconds."""

    elapsed: float
    busy: dict[str, float]


def run_stages(
    source: Iterable,
    works: Mapping[str, Callable[[Iterator], Iterator]],
    sink: Callable[[Any], None],
    *,
    capacity: int,
) -> StageTimes:
    """Send every item of `source` through all of `works` into `sink`, each in its own thread.

    PyAV, OpenCV and TensorFlow release the interpreter lock, so the stages overlap. At most `capacity` items
    wait between two stages, whatever the length of the source. The caller's thread only waits, so Ctrl-C is
    handled at once. The threads have ended when this returns or raises; after a signal, one that is inside
    a long library call may keep running.

    Args:
        source: the items; iterated in a thread, the stage 'decode'.
        works: stages by name, in order; each is a function from an iterator of items to an iterator of
            results, which is iterated in a thread.
        sink: takes one result; called in a thread, in order, the stage 'encode'.
        capacity: items that may wait before each of `works`, and before `sink`; at least 1.

    Returns:
        The time of the run, and the busy time of each stage.

    Raises:
        BaseException: the first error of any stage, unchanged.
    """
    channels, ended = tuple(Channel(capacity) for _ in range(len(works) + 1)), threading.Event()
    between = list(zip(works, channels, channels[1:]))
    stages: dict[str, Callable[[], None]] = {
        "decode": lambda: _feed(source, channels[0]),
        **{name: partial(_pass_on, works[name], incoming, outgoing) for name, incoming, outgoing in between},
        "encode": lambda: _drain(channels[-1], sink, ended),
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
    if channels[-1].error is not None:
        raise channels[-1].error
    busy = {"decode": elapsed - channels[0].seconds_full}
    for name, incoming, outgoing in between:
        busy[name] = elapsed - incoming.seconds_empty - outgoing.seconds_full
    busy["encode"] = elapsed - channels[-1].seconds_empty
    return StageTimes(elapsed, busy)


def call_in_thread(function: Callable):
    """Call a function in its own thread, so that Ctrl-C is handled while it is inside a library.

    Returns:
        The result of the function.

    Raises:
        BaseException: whatever it raises, unchanged.
    """
    results = []
    run_stages([None], {"call": lambda _: iter([function()])}, results.append, capacity=1)
    return results[0]


def _feed(items: Iterable, channel: Channel) -> None:
    for item in items:
        channel.put(item)
    channel.close()


def _pass_on(work: Callable[[Iterator], Iterator], incoming: Channel, outgoing: Channel) -> None:
    _feed(work(iter(incoming)), outgoing)


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

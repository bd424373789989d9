"""Three stages at once, each in a thread: one reads, one works, one writes."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from video.pipeline.channel import Broken, Channel

# A callable may be deep in a library that no signal reaches; whoever pressed Ctrl-C does not wait for it.
_SECONDS_TO_LEAVE = 0.5
# A signal that arrives just before a wait begins does not end it; it is heard between two waits.
_SECONDS_TO_HEAR = 0.2


@dataclass(frozen=True)
class StageTimes:
    """How long a run took and how much of it each stage was busy, in seconds."""

    elapsed: float
    decode: float
    translate: float
    encode: float


def run_stages(
    source: Iterable,
    work: Callable[[Iterator], Iterator],
    sink: Callable[[object], None],
    *,
    capacity: int,
) -> StageTimes:
    """Sends every item of `source` through `work` into `sink`, each in a thread of its own.

    PyAV and TensorFlow release the interpreter lock, so the stages overlap. At most `capacity` items wait
    between two stages, whatever the length of the source. The caller's thread only waits, so Ctrl-C is
    heard at once. The threads have ended when this returns or raises; after a signal, one that is inside
    a long call of a library may be left to itself.

    Args:
        source: the items; iterated in a thread.
        work: from an iterator of items to an iterator of results; iterated in a thread.
        sink: takes one result; called in a thread, in order.
        capacity: items that may wait in front of `work` and of `sink`, each; at least 1.

    Returns:
        How busy each stage was.

    Raises:
        BaseException: the first error of any stage, as it was raised there.
    """
    incoming, outgoing = Channel(capacity), Channel(capacity)
    lanes, ended = (incoming, outgoing), threading.Event()
    stages = {
        "decode": lambda: _feed(source, incoming),
        "translate": lambda: _feed(work(iter(incoming)), outgoing),
        "encode": lambda: _drain(outgoing, sink, ended),
    }
    threads = [
        threading.Thread(target=_guarded, args=(stage, lanes, ended), name=f"video-{name}", daemon=True)
        for name, stage in stages.items()
    ]
    began = time.perf_counter()
    try:
        for thread in threads:
            thread.start()
        while not ended.wait(_SECONDS_TO_HEAR):
            pass
        while any(thread.is_alive() for thread in threads):
            _join(threads, _SECONDS_TO_HEAR)
    except BaseException as signalled:
        _fail(lanes, signalled)
        _join(threads, _SECONDS_TO_LEAVE)
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


def call_aside(function: Callable):
    """Calls a function in a thread of its own, so that Ctrl-C is heard while it is deep in a library.

    Returns:
        What the function returns.

    Raises:
        BaseException: what it raises, as it is.
    """
    results = []
    run_stages([None], lambda _: iter([function()]), results.append, capacity=1)
    return results[0]


def _feed(items: Iterable, lane: Channel) -> None:
    for item in items:
        lane.put(item)
    lane.close()


def _drain(lane: Channel, sink: Callable[[object], None], ended: threading.Event) -> None:
    for item in lane:
        sink(item)
    ended.set()


def _guarded(stage: Callable[[], None], lanes: tuple[Channel, ...], ended: threading.Event) -> None:
    """Runs a stage; an error in it breaks every lane and ends the wait."""
    try:
        stage()
    except Broken:
        ended.set()
    except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
        _fail(lanes, error)
        ended.set()


def _fail(lanes: tuple[Channel, ...], error: BaseException) -> None:
    for lane in lanes:
        lane.fail(error)


def _join(threads: list[threading.Thread], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for thread in threads:
        if thread.ident is not None:
            thread.join(max(0.0, deadline - time.monotonic()))

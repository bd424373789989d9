"""Three stages at once: one thread reads, the caller's thread works, one thread writes."""

import threading
from collections.abc import Callable, Iterable, Iterator

from video.channel import Broken, Channel


def run_stages(
    source: Iterable,
    work: Callable[[Iterator], Iterator],
    sink: Callable[[object], None],
    *,
    capacity: int,
) -> None:
    """Sends every item of `source` through `work` into `sink`, each in a thread of its own.

    PyAV releases the interpreter lock, so the stages overlap. At most `capacity` items wait between
    two stages, whatever the length of the source. `work` runs in the calling thread: that is where
    Ctrl-C arrives and where TensorFlow is at home. Both threads have ended when this returns or raises.

    Args:
        source: the items; iterated in a thread.
        work: from an iterator of items to an iterator of results.
        sink: takes one result; called in a thread, in order.
        capacity: items that may wait in front of `work` and of `sink`, each; at least 1.

    Raises:
        BaseException: the first error of any stage, as it was raised there.
    """
    incoming, outgoing = Channel(capacity), Channel(capacity)
    threads = [
        threading.Thread(target=_feed, args=(source, incoming), name="video-decode"),
        threading.Thread(target=_drain, args=(outgoing, sink), name="video-encode"),
    ]
    first = None
    try:
        for thread in threads:
            thread.start()
        for result in work(iter(incoming)):
            outgoing.put(result)
        outgoing.close()
        _join(threads)
        first = outgoing.error
    except Broken:
        first = incoming.error if incoming.error is not None else outgoing.error
    except BaseException as error:  # noqa: BLE001 - Ctrl-C too must end the threads; it is raised below
        first = error
    if first is not None:
        incoming.fail(first)
        outgoing.fail(first)
        _join(threads)
        raise first


def _feed(source: Iterable, lane: Channel) -> None:
    """Puts every item of the source into the lane; an error breaks the lane."""
    try:
        for item in source:
            lane.put(item)
        lane.close()
    except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
        lane.fail(error)


def _drain(lane: Channel, sink: Callable[[object], None]) -> None:
    """Gives every item of the lane to the sink; an error breaks the lane."""
    try:
        for item in lane:
            sink(item)
    except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
        lane.fail(error)


def _join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        if thread.ident is not None:
            thread.join()

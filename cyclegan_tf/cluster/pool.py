"""The items of several jobs, handed out to workers one at a time."""

import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any


class PoolClosed(Exception):
    """The pool was closed while a job waited for results."""


@dataclass(eq=False)
class _Job:
    start: Callable[[Any, Any], Future]
    items: deque
    running: int = 0
    results: queue.SimpleQueue = field(default_factory=queue.SimpleQueue)


@dataclass(eq=False)
class _Place:
    worker: Any
    last: _Job | None = None


class Pool:
    """Workers that several threads share, each of which has a job.

    A free worker goes to the job with the fewest workers; among free workers a job gets the one that had its
    item before, because that one holds the job's file open. All decisions are made in one thread.
    """

    def __init__(self):
        self._jobs: list[_Job] = []
        self._idle: list[_Place] = []
        self._events: queue.SimpleQueue = queue.SimpleQueue()
        self._is_closed = False
        threading.Thread(target=self._decide, name="pool", daemon=True).start()

    def add(self, worker) -> None:
        """Add a worker, which may be any object; this may be called in any thread, like everything here."""
        self._events.put(partial(self._idle.append, _Place(worker)))

    def run(self, start: Callable[[Any, Any], Future], items: Iterable) -> Iterator[tuple[Any, Future]]:
        """Let workers do all items of a job.

        Args:
            start: gets a worker and an item, and returns the future of the result without waiting.
            items: in the order in which they are begun.

        Yields:
            (item, finished future), as they get ready. Items that are not begun when the caller stops are
            dropped.

        Raises:
            PoolClosed: the pool was closed.
        """
        job = _Job(start, deque(items))
        count = len(job.items)
        self._events.put(partial(self._begin, job))
        try:
            for _ in range(count):
                item, future = job.results.get()
                if future is None:
                    raise PoolClosed
                yield item, future
        finally:
            self._events.put(partial(self._end, job))

    def close(self) -> None:
        """Let every job end with `PoolClosed`."""
        self._events.put(self._close)

    def _decide(self) -> None:
        while not self._is_closed:
            self._events.get()()
            self._assign()
        # Those who come late must not wait for ever.
        while True:
            self._events.get()()

    def _begin(self, job: _Job) -> None:
        if self._is_closed:
            self._refuse(job)
        else:
            self._jobs.append(job)

    def _end(self, job: _Job) -> None:
        job.items.clear()
        if job in self._jobs:
            self._jobs.remove(job)

    def _close(self) -> None:
        self._is_closed = True
        for job in self._jobs:
            self._refuse(job)

    @staticmethod
    def _refuse(job: _Job) -> None:
        job.results.put((None, None))

    def _assign(self) -> None:
        while self._idle:
            job = min((job for job in self._jobs if job.items), key=lambda job: job.running, default=None)
            if job is None:
                return
            place = min(self._idle, key=lambda place: _strangeness(place, job))
            self._idle.remove(place)
            self._start(job, place)

    def _start(self, job: _Job, place: _Place) -> None:
        item, place.last = job.items.popleft(), job
        job.running += 1
        try:
            future = job.start(place.worker, item)
        except Exception as error:  # noqa: BLE001 - it is raised again in the job's thread
            future = Future()
            future.set_exception(error)
        future.add_done_callback(
            lambda done: self._events.put(partial(self._take_back, job, place, item, done))
        )

    def _take_back(self, job: _Job, place: _Place, item, future: Future) -> None:
        job.running -= 1
        self._idle.append(place)
        job.results.put((item, future))


def _strangeness(place: _Place, job: _Job) -> int:
    """Return how little a worker suits a job: 0 had its last item, 2 is still good for another job."""
    if place.last is job:
        return 0
    return 2 if place.last is not None and place.last.items else 1


def groups_of(items: Iterable, size: int) -> Iterator[list]:
    """Yield lists of at most `size` items, in order."""
    items = iter(items)
    while group := list(itertools.islice(items, size)):
        yield group

"""A bounded lane from one thread to another that either end can break."""

import threading
import time
from collections import deque
from collections.abc import Iterator


class Broken(Exception):
    """The lane was broken from the other end; the reason is its `Channel.error`."""


class Channel:
    """Hands items over in order, holding at most `capacity` of them.

    No call waits on a lane that is broken, so no order of failures can leave a thread waiting.

    Args:
        capacity: items held before `put` waits; at least 1.

    Attributes:
        error: why the lane was broken, or None.
        seconds_full: how long `put` has waited for room.
        seconds_empty: how long the reader has waited for an item.
    """

    def __init__(self, capacity: int):
        self._capacity, self._items = capacity, deque()
        self._changed = threading.Condition()
        self._closed = False
        self.error: BaseException | None = None
        self.seconds_full = self.seconds_empty = 0.0

    @property
    def _is_broken(self) -> bool:
        return self.error is not None

    def _wait(self, ready) -> float:
        """Waits until `ready()` or a break; returns the seconds."""
        began = time.perf_counter()
        self._changed.wait_for(lambda: self._is_broken or ready())
        return time.perf_counter() - began

    def put(self, item) -> None:
        """Adds an item, waiting while the lane is full.

        Raises:
            Broken: the lane was broken.
        """
        with self._changed:
            self.seconds_full += self._wait(lambda: len(self._items) < self._capacity)
            if self._is_broken:
                raise Broken
            self._items.append(item)
            self._changed.notify_all()

    def close(self) -> None:
        """Says that no item follows."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Breaks the lane for both ends; the first error is the one that is kept."""
        with self._changed:
            self.error = error if self.error is None else self.error
            self._items.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator:
        """Yields the items in order until the lane is closed and empty; raises Broken when it breaks."""
        while True:
            with self._changed:
                self.seconds_empty += self._wait(lambda: self._items or self._closed)
                if self._is_broken:
                    raise Broken
                if not self._items:
                    return
                item = self._items.popleft()
                self._changed.notify_all()
            yield item

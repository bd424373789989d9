"""A bounded queue between two threads that either end can break."""

import threading
import time
from collections import deque
from collections.abc import Iterator


class Broken(Exception):
    """The other end broke the channel; the reason is in `Channel.error`."""


class Channel:
    """A queue that holds at most `capacity` items.

    No call waits on a broken channel, so no order of failures can leave a thread waiting.

    Args:
        capacity: items held before `put` waits; at least 1.

    Attributes:
        error: why the channel was broken, or None.
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
        """Wait until `ready()` or a break; return the seconds."""
        began = time.perf_counter()
        self._changed.wait_for(lambda: self._is_broken or ready())
        return time.perf_counter() - began

    def put(self, item) -> None:
        """Add an item; wait while the channel is full.

        Raises:
            Broken: the channel was broken.
        """
        with self._changed:
            self.seconds_full += self._wait(lambda: len(self._items) < self._capacity)
            if self._is_broken:
                raise Broken
            self._items.append(item)
            self._changed.notify_all()

    def close(self) -> None:
        """Mark the end: no item follows."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Break the channel for both ends; the first error is kept."""
        with self._changed:
            self.error = error if self.error is None else self.error
            self._items.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator:
        """Yield the items in order until the channel is closed and empty; raise Broken when it breaks."""
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

"""Keeps a library from making this process a real-time one."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_TASKS = Path("/proc/self/task")


@contextlib.contextmanager
def ordinary_scheduling() -> Iterator[None]:
    """Take real-time scheduling back from the threads that were given it within.

    SVT-AV1 gives the highest real-time priority to its threads and to whoever opens it, if that is root, as
    in most containers. Such threads pass it on to those they start, push everything else aside, and wait for
    ever in libraries that spin until another thread has moved on, as libvpx does.
    A process that was started with real-time priority keeps it.
    """
    if not _TASKS.is_dir() or _is_realtime(0):
        yield
        return
    try:
        yield
    finally:
        for task in [int(path.name) for path in _TASKS.iterdir()]:
            # A thread may have ended meanwhile.
            with contextlib.suppress(ProcessLookupError):
                if _is_realtime(task):
                    os.sched_setscheduler(task, os.SCHED_OTHER, os.sched_param(0))


def _is_realtime(task: int) -> bool:
    return os.sched_getscheduler(task) in (os.SCHED_FIFO, os.SCHED_RR)

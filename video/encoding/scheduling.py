"""Protection from libraries that give this process real-time scheduling."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_TASKS = Path("/proc/self/task")


@contextlib.contextmanager
def ordinary_scheduling() -> Iterator[None]:
    """Reset real-time scheduling of threads that got it inside the context.

    As root, which is usual in containers, SVT-AV1 gives its threads and the calling thread the highest
    real-time priority. New threads inherit it. Such threads starve all others. They hang in libraries that
    spin until another thread has progressed, as libvpx does.
    A process that was started with real-time priority keeps it.
    """
    if not _TASKS.is_dir() or _is_realtime(0):
        yield
        return
    try:
        yield
    finally:
        for task in [int(path.name) for path in _TASKS.iterdir()]:
            # The thread may have ended.
            with contextlib.suppress(ProcessLookupError):
                if _is_realtime(task):
                    os.sched_setscheduler(task, os.SCHED_OTHER, os.sched_param(0))


def _is_realtime(task: int) -> bool:
    return os.sched_getscheduler(task) in (os.SCHED_FIFO, os.SCHED_RR)

"""The memory that this process can still allocate."""

import contextlib
from pathlib import Path

import psutil


def available_memory_bytes() -> int:
    """Return how much memory is free now, in bytes, within the limits of a container and of this process."""
    available = [psutil.virtual_memory().available]
    limit, used = _number("/sys/fs/cgroup/memory.max"), _number("/sys/fs/cgroup/memory.current")
    if limit is not None and used is not None:
        available.append(limit - used)
    # Not on Windows, which has no such limit (ulimit -v).
    with contextlib.suppress(ImportError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            available.append(limit - psutil.Process().memory_info().vms)
    return max(0, min(available))


def _number(path: str) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return int(Path(path).read_text())
    return None

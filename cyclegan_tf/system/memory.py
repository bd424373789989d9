"""How much memory this process can still have."""

import contextlib
from pathlib import Path


def available_memory_bytes() -> int:
    """Tell how much memory is free now, within a container's limit; 4 GiB where the system does not say."""
    available = 4 * 2**30
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            available = int(line.split()[1]) * 1024
    limit, used = _lines("/sys/fs/cgroup/memory.max"), _lines("/sys/fs/cgroup/memory.current")
    if limit and used and limit[0].isdigit():
        available = min(available, max(0, int(limit[0]) - int(used[0])))
    return min(available, _address_space_bytes())


def _address_space_bytes() -> int:
    """What is left of this process's own limit (ulimit -v)."""
    limit = -1
    # Not on Windows, which has no such limit.
    with contextlib.suppress(ImportError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    sizes = [
        int(line.split()[1]) * 1024 for line in _lines("/proc/self/status") if line.startswith("VmSize:")
    ]
    return max(0, limit - sum(sizes)) if limit >= 0 else 2**63


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []

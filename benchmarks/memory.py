"""The peak memory of a process that a benchmark started."""

import re
import resource
from pathlib import Path


def peak_mb() -> float:
    """Return the most memory that this process has had resident, in MiB.

    Linux lets `ru_maxrss` begin with the peak of the process that started this one; VmHWM begins anew.
    """
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

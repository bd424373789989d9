import subprocess
import sys

from cyclegan_tf.system import memory
from cyclegan_tf.system.memory import available_memory_bytes


def test_available_memory_is_a_plausible_number():
    assert 2**20 < available_memory_bytes() < 2**50


def test_the_limit_of_a_container_counts(monkeypatch):
    files = {
        "/proc/meminfo": ["MemTotal: 9000 kB", "MemAvailable: 8000 kB"],
        "/sys/fs/cgroup/memory.max": ["5000000"],
        "/sys/fs/cgroup/memory.current": ["2000000"],
    }
    monkeypatch.setattr(memory, "_lines", lambda path: files.get(path, []))
    assert available_memory_bytes() == 3_000_000
    files["/sys/fs/cgroup/memory.max"] = ["max"]
    assert available_memory_bytes() == 8000 * 1024


def test_a_limit_of_the_process_counts_less_what_it_has_already():
    code = """
import resource
from cyclegan_tf.system.memory import available_memory_bytes
resource.setrlimit(resource.RLIMIT_AS, (600_000_000, 600_000_000))
before = available_memory_bytes()
held = bytearray(200_000_000)
print(before, before - available_memory_bytes())
"""
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    before, taken = map(int, output.split())
    assert 200_000_000 < before < 600_000_000
    assert abs(taken - 200_000_000) < 5_000_000

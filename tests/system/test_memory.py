import subprocess
import sys

import psutil
import pytest

from cyclegan_tf.system import memory
from cyclegan_tf.system.memory import available_memory_bytes


def test_what_is_available_is_less_than_the_machine_has():
    assert 2**20 < available_memory_bytes() <= psutil.virtual_memory().total


@pytest.mark.parametrize(("limit", "available"), [(5_000_000, 3_000_000), (1_000_000, 0), (None, 8_000_000)])
def test_the_limit_of_a_container_counts(monkeypatch, limit, available):
    numbers = {"/sys/fs/cgroup/memory.max": limit, "/sys/fs/cgroup/memory.current": 2_000_000}
    free = psutil.virtual_memory()._replace(available=8_000_000)
    monkeypatch.setattr(memory, "_number", numbers.get)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    assert available_memory_bytes() == available


@pytest.mark.parametrize(("text", "number"), [("123\n", 123), ("max\n", None), (None, None)])
def test_a_container_without_a_limit_says_max_or_nothing(tmp_path, text, number):
    if text is not None:
        (tmp_path / "memory.max").write_text(text)
    assert memory._number(tmp_path / "memory.max") == number


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

import subprocess
import sys

import pytest

# Stands in for TensorFlow: it writes to the file descriptor behind the back of Python.
SCRIPT = """
import os, sys, types
class Noisy:
    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            os.write(2, b"noise of a library\\n")
            {action}
sys.meta_path.insert(0, Noisy())
from cyclegan_tf.system.tensorflow import import_tensorflow
import_tensorflow()
sys.stderr.write("spoken afterwards\\n")
"""
WORKING = """
            module = types.ModuleType("tensorflow")
            module.config = types.SimpleNamespace(list_logical_devices=lambda: os.write(2, b"more noise\\n"))
            from importlib.machinery import ModuleSpec
            loader = types.SimpleNamespace(create_module=lambda spec: module, exec_module=lambda module: None)
            return ModuleSpec(name, loader)
"""


def run(action):
    script = SCRIPT.format(action=action.strip())
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)


def test_what_a_library_writes_while_it_is_imported_is_held_back():
    process = run(WORKING)
    assert process.returncode == 0, process.stderr
    assert process.stderr == "spoken afterwards\n"


def test_all_of_it_is_shown_if_the_import_fails():
    process = run("raise ImportError('no such library')")
    assert process.returncode == 1
    assert "noise of a library" in process.stderr
    assert "no such library" in process.stderr


@pytest.mark.parametrize(("before", "after"), [(None, "2"), ("0", "0")], ids=["unset", "chosen_by_the_user"])
def test_the_level_of_tensorflows_log_is_lowered_unless_the_user_chose_one(monkeypatch, before, after):
    from cyclegan_tf.system.tensorflow import import_tensorflow

    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", before or "")
    if before is None:
        monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    import_tensorflow()
    import os

    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == after

import shutil

import pytest


@pytest.fixture
def copied_run(tiny_run, tmp_path):
    """A copy of a finished run, to change."""
    return shutil.copytree(tiny_run, tmp_path / "run")

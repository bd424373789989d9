import json
import subprocess
import sys
from pathlib import Path

import pytest

import video

ROOT = Path(__file__).parents[2]


def test_importing_video_leaves_the_heavy_packages_alone():
    code = (
        "import sys, video, json;"
        "print(json.dumps([n for n in ('tensorflow', 'keras', 'cyclegan_tf', 'torch') if n in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("name", video.__all__)
def test_every_public_name_has_a_docstring(name):
    assert getattr(video, name).__doc__

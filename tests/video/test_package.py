import json
import re
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


# A package imports only from those before it; the modules beside them are for all, and open everything.
PACKAGES = ("colour", "reading", "encoding", "streams", "assembling", "pictures")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_from_those_before_it(package):
    allowed = PACKAGES[: PACKAGES.index(package) + 1]
    for path in (ROOT / "video" / package).glob("*.py"):
        imported = re.findall(r"from video\.(\w+)\.?\w* import", path.read_text())
        later = [name for name in imported if name in PACKAGES and name not in allowed]
        assert later == [], path.name


def test_every_package_has_its_place():
    folders = {path.parent.name for path in (ROOT / "video").glob("*/__init__.py")}
    assert folders == set(PACKAGES)

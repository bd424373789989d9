"""The documents say what the code does. `python tests/test_docs.py` writes the generated page."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import cyclegan_tf
import video
from cyclegan_tf.config.loading import key_table, preset_names

ROOT = Path(__file__).parents[1]
CONFIGURATION = ROOT / "docs" / "configuration.md"
API = ROOT / "docs" / "api.md"
HEADER = """# Every key of a configuration

A configuration file may hold any of these; defaults fill in the rest. On the command line `--set KEY=VALUE`
overrides one.
`cyclegan-tf fit DATA --dry-run` prints what comes out.

| key | default | takes | meaning |
| --- | --- | --- | --- |
"""


def configuration_page() -> str:
    rows = [
        f"| `{key}` | {json.dumps(default)} | {takes} | {meaning} |"
        for key, default, takes, meaning in key_table()
    ]
    return HEADER + "\n".join(rows) + "\n"


def test_the_configuration_page_lists_every_key_as_it_is():
    assert CONFIGURATION.read_text() == configuration_page(), "run python tests/test_docs.py"


def test_the_readme_names_every_preset():
    text = (ROOT / "README.md").read_text()
    assert [name for name in preset_names() if f"`{name}`" not in text] == []


def test_links_between_documents_lead_somewhere():
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")):
        links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name


@pytest.mark.parametrize("package", [cyclegan_tf, video], ids=lambda package: package.__name__)
def test_the_page_on_python_has_every_public_name(package):
    text = API.read_text()
    assert [name for name in package.__all__ if f"`{name}`" not in text] == []


def test_the_page_on_python_names_no_function_that_is_not_public():
    public = {*cyclegan_tf.__all__, *video.__all__}
    imported = re.findall(r"^from cyclegan_tf import (.+)$", API.read_text(), re.MULTILINE)
    used = {name for names in imported for name in names.split(", ")}
    used |= set(re.findall(r"\bvideo\.([A-Za-z_]+)\(", API.read_text()))
    assert used <= public


@pytest.mark.slow
@pytest.mark.usefixtures("shallow_generators", "without_graphs")
def test_the_snippets_of_the_page_on_python_run(tiny_data, tmp_path, monkeypatch):
    (tmp_path / "data").symlink_to(tiny_data)
    (tmp_path / "photos").symlink_to(tiny_data / "trainA")
    frames = np.random.default_rng(0).integers(0, 256, (3, 32, 48, 3), dtype=np.uint8)
    video.write_clip(tmp_path / "in.mp4", frames, 10)
    monkeypatch.chdir(tmp_path)
    names = {}
    for note, code in re.findall(r"(<!-- not run.*?-->\n)?```python\n(.*?)```", API.read_text(), re.DOTALL):
        compiled = compile(code, str(API), "exec")
        if not note:
            exec(compiled, names)
    assert names["zebra"].shape == (120, 200, 3)
    assert names["report"].frames_written == 3


if __name__ == "__main__":
    CONFIGURATION.write_text(configuration_page())

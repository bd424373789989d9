"""The documents say what the code does. `python tests/test_docs.py` writes the generated one anew."""

import json
import re
from pathlib import Path

from cyclegan_tf.config.loading import key_table, preset_names

ROOT = Path(__file__).parents[1]
CONFIGURATION = ROOT / "docs" / "configuration.md"
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


if __name__ == "__main__":
    CONFIGURATION.write_text(configuration_page())

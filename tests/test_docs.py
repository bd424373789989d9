"""The documents say what the code does. `python tests/test_docs.py` writes the generated one anew."""

import json
import re
from pathlib import Path

import pytest

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


def rows_of_faults() -> dict[int, list[str]]:
    """The number of each row of docs/faults.md, and the files of tests that it names."""
    lines = (ROOT / "docs" / "faults.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {
        int(row): tests.split(", ") for row, *_, tests in (c for c in cells if len(c) == 5 and c[0].isdigit())
    }


def rows_that_tests_cite() -> dict[int, set[str]]:
    """The number of each row that the name of a test cites, and the files of those tests."""
    cited = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for numbers in re.findall(r"def test_row_(\d+(?:_and_\d+)*)", path.read_text()):
            for number in numbers.split("_and_"):
                cited.setdefault(int(number), set()).add(path.relative_to(ROOT / "tests").as_posix())
    return cited


def test_every_row_of_faults_that_a_test_cites_is_on_the_page_and_in_order():
    assert list(rows_of_faults()) == sorted(rows_that_tests_cite())


@pytest.mark.parametrize("row", rows_of_faults())
def test_a_row_of_faults_names_only_files_with_a_test_of_it(row):
    assert set(rows_of_faults()[row]) <= rows_that_tests_cite().get(row, set())


if __name__ == "__main__":
    CONFIGURATION.write_text(configuration_page())

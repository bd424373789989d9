"""docs/faults.md and the tests that cite its rows by number belong together."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "faults.md"


def rows_of_the_page() -> dict[int, list[str]]:
    """The number of each row of the page, and the files of tests that it names."""
    lines = PAGE.read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {
        int(row): tests.split(", ") for row, *_, tests in (c for c in cells if len(c) == 5 and c[0].isdigit())
    }


def rows_that_tests_cite() -> dict[int, set[str]]:
    """The number of each row that the name of a test cites, and the files of those tests."""
    cited = {}
    for path in (TESTS).rglob("test_*.py"):
        for numbers in re.findall(r"def test_row_(\d+(?:_and_\d+)*)", path.read_text()):
            for number in numbers.split("_and_"):
                cited.setdefault(int(number), set()).add(path.relative_to(TESTS).as_posix())
    return cited


def test_the_page_has_every_row_in_order():
    rows = list(rows_of_the_page())
    assert rows == list(range(1, len(rows) + 1))
    assert set(rows_that_tests_cite()) <= set(rows)


@pytest.mark.parametrize("row", rows_of_the_page())
def test_a_row_names_its_tests(row):
    named = set(rows_of_the_page()[row])
    assert rows_that_tests_cite().get(row, set()) <= named
    assert [file for file in named if not (TESTS / file).is_file()] == []

"""docs/faults.md and the tests that cite its rows by number belong together."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "faults.md"


def rows_that_tests_cite() -> set[int]:
    """The numbers in names such as test_row_20_and_21_one_signal."""
    texts = (path.read_text() for path in TESTS.rglob("test_*.py") if path != Path(__file__))
    cited = (re.findall(r"def test_row_(\d+(?:_and_\d+)*)_", text) for text in texts)
    return {int(number) for numbers in cited for joined in numbers for number in joined.split("_and_")}


def test_the_page_has_the_rows_that_tests_cite_in_order():
    _, tables = PAGE.read_text().split("## Configuration")
    rows = [int(row) for row in re.findall(r"^\| (\d+) \|", tables, re.MULTILINE)]
    assert rows == sorted(rows_that_tests_cite())

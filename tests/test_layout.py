"""Whoever looks for the tests of a module finds them under its name."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Modules without a test file of their own, each with its reason.
EXCEPTIONS = {
    "cyclegan_tf/cli/options.py": "annotations of options, which the tests of the commands use",
    "video/core/source_info.py": "plain values, which the tests of probe check",
}


def modules() -> list[str]:
    """Every module of both packages, such as cyclegan_tf/training/fit.py."""
    paths = [path for package in ("cyclegan_tf", "video") for path in (ROOT / package).rglob("*.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in paths if not path.name.startswith("__"))


def file_of_tests(module: str) -> str:
    folder, _, name = module.removeprefix("cyclegan_tf/").rpartition("/")
    return "/".join(filter(None, ("tests", folder, f"test_{name}")))


@pytest.mark.parametrize("module", modules())
def test_a_module_has_a_file_of_tests_its_name(module):
    assert (ROOT / file_of_tests(module)).is_file() == (module not in EXCEPTIONS), file_of_tests(module)


def test_an_exception_is_a_module():
    assert set(EXCEPTIONS) <= set(modules())

import pickle

import pytest

from video.core import errors


def test_the_text_says_what_then_found_then_fix():
    error = errors.MediaError("no clip: a.mp4", detail="expected a file", fix="check the path")
    assert str(error) == "error: no clip: a.mp4\nexpected a file\nfix: check the path"


def test_missing_lines_are_left_out():
    assert str(errors.MediaError("no clip")) == "error: no clip"


@pytest.mark.parametrize(
    "kind, code",
    [
        ("UsageError", 2),
        ("MediaError", 4),
        ("OutputError", 6),
        ("TranslationError", 7),
        ("MachineError", 8),
    ],
)
def test_each_kind_has_its_exit_code(kind, code):
    assert issubclass(getattr(errors, kind), errors.UserError)
    assert getattr(errors, kind).exit_code == code


def test_a_copy_in_another_process_says_the_same():
    error = errors.MediaError("no clip: a.mp4", detail="expected a file", fix="check the path")
    error.add_note("3 of 4 frames are kept")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(copy), str(copy), copy.fix) == (errors.MediaError, str(error), "check the path")
    assert copy.__notes__ == ["3 of 4 frames are kept"]

from pathlib import Path

import pytest

from cyclegan_tf.containers.stored import Damaged, Refused, explain_refusals, quoted
from cyclegan_tf.errors import ModelError

FILE = Path("netG.pth")


def test_an_untrusted_name_is_one_short_line_without_control_characters():
    shown = quoted("\x1b[2J\n" + "x" * 10**6)
    assert shown.isprintable()
    assert len(shown) < 150


def test_a_refusal_becomes_an_error_with_what_was_expected_and_found():
    with (
        pytest.raises(ModelError, match="cannot import netG.pth") as caught,
        explain_refusals(FILE, expected="tensors", fix="save them again"),
    ):
        raise Refused("a list")
    assert caught.value.detail == "expected tensors; found a list"
    assert caught.value.fix == "save them again"


def test_the_fix_for_a_damaged_file_is_to_get_it_again():
    with pytest.raises(ModelError) as caught, explain_refusals(FILE, fix="save them again"):
        raise Damaged("a damaged archive")
    assert "get it again" in caught.value.fix

from pathlib import Path

import pytest

from cyclegan_tf.models.naming import promised_suffix


@pytest.mark.parametrize("name", ["horses", "horses.v2", "model-1.0", "run.2026-11-29", "horses.2b"])
def test_a_name_or_a_version_promises_no_file(name):
    assert promised_suffix(Path(name)) == ""


@pytest.mark.parametrize("name", ["out.pth", "OUT.PTH", "model.json", "g.unheard_of"])
def test_any_other_suffix_is_that_of_a_file(name):
    assert promised_suffix(Path(name)) == Path(name).suffix.lower()


def test_a_suffix_that_is_not_known_may_be_meant():
    assert promised_suffix(Path("horses.final"), is_meant=True) == ""
    assert promised_suffix(Path("horses.pth"), is_meant=True) == ".pth"

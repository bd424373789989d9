import json

import numpy as np
import pytest

from cyclegan_tf.masking import making


@pytest.fixture(autouse=True)
def light_stands_out(monkeypatch):
    monkeypatch.setattr(making, "Saliency", lambda: lambda picture: picture[..., 0].astype(np.float32) / 255)


def test_the_command_writes_masks_that_a_configuration_can_name(command, tiny_data, tmp_path):
    result = command("masks", tiny_data, tmp_path / "masks")
    assert result.exit_code == 0, result.stderr
    assert "7 masks made" in result.stdout and "look at" in result.stdout
    options = [word for word in result.stdout.split() if word.startswith("data.masks_")]
    assert options == [f"data.masks_{d}={tmp_path / 'masks' / f'train{d.upper()}'}" for d in "ab"]
    checked = command("check-data", tiny_data, "--quick", *(f"--set={option}" for option in options))
    assert "mask" not in checked.stdout


def test_the_report_can_be_had_as_json(command, tiny_data, tmp_path):
    result = command("masks", tiny_data, tmp_path / "masks", "--json")
    assert json.loads(result.stdout)["made"] == 7


def test_an_unknown_subject_is_a_usage_error(command, tiny_data, tmp_path):
    result = command("masks", tiny_data, tmp_path / "masks", "--subject", "unicornus")
    assert result.exit_code == 2 and "not a known subject: unicornus" in result.stderr

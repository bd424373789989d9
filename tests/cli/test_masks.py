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
    assert checked.exit_code == 0, checked.stderr
    assert "mask" not in checked.stdout + checked.stderr


def test_the_report_can_be_had_as_json(command, tiny_data, tmp_path):
    result = command("masks", tiny_data, tmp_path / "masks", "--json")
    assert json.loads(result.stdout)["made"] == 7


def test_an_unknown_subject_is_a_usage_error(command, tiny_data, tmp_path):
    result = command("masks", tiny_data, tmp_path / "masks", "--subject", "unicornus")
    assert result.exit_code == 2 and "not a known subject: unicornus" in result.stderr


def test_pixels_without_a_range_of_their_own_get_it_from_a_key(command, tmp_path):
    for part in ("trainA", "trainB"):
        (tmp_path / "data" / part).mkdir(parents=True)
        picture = np.zeros((8, 8, 3), np.float32)
        picture[2:6, 2:6] = 1
        np.save(tmp_path / "data" / part / "0.npy", picture)
    keys = ("--set", "data.range_a=[0, 1]", "--set", "data.range_b=[0, 1]")
    assert command("masks", tmp_path / "data", tmp_path / "masks").exit_code == 4
    result = command("masks", tmp_path / "data", tmp_path / "masks", *keys)
    assert result.exit_code == 0, result.stderr
    assert "2 masks made" in result.stdout

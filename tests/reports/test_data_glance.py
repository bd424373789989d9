import json

import pytest

from cyclegan_tf.config.loading import load_config, load_run_config
from cyclegan_tf.reports.data_glance import glance_at


@pytest.fixture
def config(run_folder):
    return load_run_config(run_folder / "config.yaml")


def test_it_has_what_the_check_found_and_some_pictures(config, tmp_path):
    glance = glance_at(config, tmp_path / "check.json", quick=False)
    assert glance.report["folders"]["trainA"]["count"] == 3
    assert [group["files"].keys() for group in glance.report["duplicates"]] == []
    assert [name for _, name in glance.thumbnails["trainB"]] == ["0.png", "1.png"]


def test_a_check_is_kept_until_the_files_change(config, tmp_path):
    kept = tmp_path / "check.json"
    glance_at(config, kept, quick=False)
    content = json.loads(kept.read_text())
    kept.write_text(json.dumps(content | {"checked": "long ago"}))
    assert glance_at(config, kept, quick=True).checked == "long ago"
    (tmp_path / "data" / "trainA" / "0.png").rename(tmp_path / "data" / "trainA" / "9.png")
    assert glance_at(config, kept, quick=True).checked != "long ago"


def test_a_check_of_headers_does_not_stand_for_one_of_pixels(config, tmp_path):
    assert glance_at(config, tmp_path / "check.json", quick=True).report["is_quick"]
    assert not glance_at(config, tmp_path / "check.json", quick=False).report["is_quick"]


def test_a_damaged_result_is_made_again(config, tmp_path):
    (tmp_path / "check.json").write_text('{"format": 1')
    assert glance_at(config, tmp_path / "check.json", quick=True).report["folders"]


def test_a_damaged_picture_has_no_thumbnail_and_is_in_the_report(config, tmp_path):
    (tmp_path / "data" / "trainA" / "0.png").write_bytes(b"")
    glance = glance_at(config, tmp_path / "check.json", quick=False)
    assert [name for _, name in glance.thumbnails["trainA"]] == ["1.png", "2.png"]
    assert glance.report["errors"] == ["1 picture cannot be used"]


def test_data_that_are_gone_are_no_error(config, tmp_path):
    (tmp_path / "data").rename(tmp_path / "away")
    glance = glance_at(config, tmp_path / "check.json", quick=False)
    assert "not where they were" in glance.why_not and glance.report == {}


def test_a_data_set_of_another_library_is_not_loaded(tmp_path):
    config = load_config("demo", {"data.root": "tfds:cycle_gan/horse2zebra"})
    glance = glance_at(config, tmp_path / "check.json", quick=False)
    assert "cyclegan-tf check-data tfds:cycle_gan/horse2zebra" in glance.why_not


def test_without_a_configuration_nothing_is_known(tmp_path):
    assert "configuration cannot be read" in glance_at(None, tmp_path / "check.json", quick=False).why_not

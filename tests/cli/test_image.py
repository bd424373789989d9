import json

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.cluster import pictures
from cyclegan_tf.inference.outcomes import PicturesReport

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture
def photos(tmp_path):
    """One broken picture between two good ones."""
    folder = tmp_path / "photos"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    for name in ("a.png", "c.png"):
        Image.fromarray(pixels).save(folder / name)
    (folder / "b.png").write_bytes(b"not a picture")
    return folder


@pytest.fixture
def image(command, tiny_run, photos, tmp_path):
    """Runs `cyclegan-tf image` with the tiny model."""
    return lambda *options: command("image", photos, tmp_path / "out", "--model", tiny_run, *options)


def test_a_bad_picture_stops_no_other_and_is_reported(image, tmp_path):
    result = image()
    assert result.exit_code == 4
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "c.png"]
    assert result.stdout.splitlines()[-1] == "2 translated, 1 failed"
    assert "48x32" in result.stdout


def test_a_bad_picture_stops_the_rest_when_asked(image, tmp_path):
    result = image("--on-bad-image", "stop")
    assert result.exit_code == 4
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png"]
    assert "b.png" in result.stderr
    assert "1 of 3 pictures were translated before it" in result.stderr


def test_the_result_as_json_is_nothing_but_json(image, tiny_run):
    report = json.loads(image("--json").stdout)
    assert (report["schema"], report["model"]) == (1, str(tiny_run / "model"))
    assert [(each["status"], each["size"]) for each in report["pictures"]] == [
        ("translated", "48x32"),
        ("failed", None),
        ("translated", "48x32"),
    ]


def test_the_model_is_named(image, tiny_run):
    assert image().stdout.startswith(f"model: {tiny_run / 'model'}\n")


def test_a_dry_run_names_what_would_be_written_and_writes_nothing(image, photos, tmp_path):
    result = image("--dry-run", "--format", "jpg")
    assert result.exit_code == 0
    assert f"{photos / 'a.png'}  to  {tmp_path / 'out' / 'a.jpg'}" in result.stdout
    assert result.stdout.splitlines()[-1] == "3 to translate"
    assert not (tmp_path / "out").exists()
    assert "starting TensorFlow" not in result.stderr


def test_a_dry_run_names_the_format_that_holds_the_channels_of_the_model(
    command, photos, tmp_path, write_model
):
    model = write_model(tmp_path / "model", "ab", channels=5)
    planned = command("image", photos, tmp_path / "out", "--model", model, "--dry-run", "--json")
    targets = [pair["target"] for pair in json.loads(planned.stdout)["pictures"]]
    assert targets == [str(tmp_path / "out" / f"{name}.tif") for name in "abc"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--write-masks",), 2, "the model has no masks to write"),
        (("--direction", "ba"), 5, "no generator for direction ba"),
        (("--compare", "sheet", "--ray", "local"), 2, "a contact sheet is not made on a cluster"),
    ],
    ids=["masks", "direction", "cluster"],
)
def test_a_dry_run_refuses_what_the_run_would_refuse(
    command, photos, tmp_path, write_model, options, code, message
):
    model = write_model(tmp_path / "model", "ab")
    result = command("image", photos, tmp_path / "out", "--model", model, "--dry-run", *options)
    assert result.exit_code == code
    assert message in result.stderr


def test_the_engine_of_a_cluster_is_in_the_result(image, monkeypatch):
    monkeypatch.setattr(pictures, "translate_pictures_on", lambda *arguments: PicturesReport([], None))
    result = image("--ray", "local", "--json")
    assert result.exit_code == 0, result.stderr
    engine = json.loads(result.stdout)["engine"]
    assert (engine["name"], engine["precision"]) == ("tensorflow", "float32")


def test_strips_change_no_more_than_a_grey_level(image, tmp_path):
    image()
    whole = np.asarray(Image.open(tmp_path / "out" / "a.png"), int)
    image("--strip-rows", "8", "--overwrite")
    assert np.abs(np.asarray(Image.open(tmp_path / "out" / "a.png"), int) - whole).max() <= 1


def test_results_that_exist_are_replaced_only_when_asked(image):
    image()
    assert image().exit_code == 6
    assert image("--overwrite").exit_code == 4


def test_fast_takes_the_student_of_the_model(command, photos, tmp_path, package_with_student, write_model):
    for name in ("horses", "horses-fast"):
        write_model(package_with_student / name, "ab")
    planned = command("image", photos, tmp_path / "out", "--model", "horses", "--fast", "--dry-run", "--json")
    assert json.loads(planned.stdout)["model"] == str(package_with_student / "horses-fast")
    plain = command("image", photos, tmp_path / "out", "--model", "horses", "--dry-run", "--json")
    assert json.loads(plain.stdout)["model"] == str(package_with_student / "horses")


def test_fast_without_a_student_says_how_to_train_one(image):
    result = image("--fast")
    assert result.exit_code == 5
    assert "cyclegan-tf distill" in result.stderr

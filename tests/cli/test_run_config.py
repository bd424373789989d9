from pathlib import Path

import pytest

from cyclegan_tf.cli import run_config
from cyclegan_tf.cli.run_config import configure, configure_resumed, configure_student
from cyclegan_tf.config.loading import dump_config, load_config
from cyclegan_tf.errors import ConfigError, UsageError

NOTHING = {"data": None, "a": None, "b": None}


def saved_run(runs, name, *overrides):
    """A run folder that holds its configuration, as fit leaves it."""
    folder = runs / name
    folder.mkdir(parents=True)
    given = [f"name={name}", "data.root=/pictures", "train.steps=77", f"output.folder={runs}", *overrides]
    config = load_config("demo", given)
    (folder / "config.yaml").write_text(dump_config(config))
    return config


PICTURES = {**NOTHING, "data": Path("pictures")}


@pytest.mark.parametrize(("device", "preset"), [("cpu", "cpu-128"), ("gpu", "paper-256")])
def test_a_device_that_is_named_decides_without_a_look(monkeypatch, capsys, device, preset):
    monkeypatch.setattr(run_config, "has_gpu", lambda: pytest.fail("looked for a GPU"))
    assert configure(None, {"train.device": device}, **PICTURES).name == preset
    assert f"preset: {preset}, since train.device is {device}" in capsys.readouterr().err


def test_what_no_preset_takes_is_refused_without_a_look(monkeypatch):
    monkeypatch.setattr(run_config, "has_gpu", lambda: pytest.fail("looked for a GPU"))
    with pytest.raises(ConfigError, match="train.steps: received -1"):
        configure(None, {"train.steps": -1}, **PICTURES)


@pytest.mark.parametrize(
    ("found", "preset", "why"), [(True, "paper-256", "a GPU"), (False, "cpu-128", "no GPU")]
)
def test_without_a_configuration_the_machine_chooses_the_preset(monkeypatch, capsys, found, preset, why):
    monkeypatch.setattr(run_config, "has_gpu", lambda: found)
    assert configure(None, {}, **PICTURES).name == preset
    assert capsys.readouterr().err == f"preset: {preset}, since there is {why}; --config chooses another\n"


@pytest.mark.parametrize("found", [True, False])
def test_what_only_the_preset_for_a_gpu_takes_is_refused_only_without_one(monkeypatch, found):
    monkeypatch.setattr(run_config, "has_gpu", lambda: found)
    given = {"model.generator": "unet_256"}
    if found:
        assert configure(None, given, **PICTURES).name == "paper-256"
        return
    with pytest.raises(ConfigError, match="expected a multiple of 256"):
        configure(None, given, **PICTURES)


def test_a_data_folder_is_stored_as_an_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = configure("demo", {}, **{**NOTHING, "data": Path("pictures")})
    assert config.data.root == str(tmp_path / "pictures")


def test_two_folders_stand_in_for_one_that_a_file_names(tmp_path):
    file = tmp_path / "my.yaml"
    file.write_text("data: {root: elsewhere}")
    config = configure(str(file), {}, data=None, a=Path("/horses"), b=Path("/zebras"))
    assert (config.data.root, config.data.a, config.data.b) == (None, "/horses", "/zebras")


@pytest.mark.parametrize("name", ['quote"d', "colon: space", "2e-4", "null", "#hash", "ü{}"])
def test_any_name_of_a_folder_comes_through_as_it_is(name):
    assert configure("demo", {}, **{**NOTHING, "data": Path("/") / name}).data.root == f"/{name}"


def test_pictures_may_be_named_with_set_alone():
    assert configure("demo", {"data.root": "/pictures"}, **NOTHING).data.root == "/pictures"


PATHS = {f"data.{name}": f"/{name}" for name in ("root", "a", "b", "test_a", "test_b", "masks_a", "masks_b")}


def value_of(config, key):
    section, name = key.split(".")
    return getattr(getattr(config, section), name)


@pytest.mark.parametrize("key", [*PATHS, "train.start_from"])
def test_a_path_that_is_set_means_the_same_from_another_folder(tmp_path, monkeypatch, key):
    monkeypatch.chdir(tmp_path)
    assert value_of(configure("demo", {**PATHS, key: "there"}, **NOTHING), key) == str(tmp_path / "there")


def test_a_path_that_is_set_for_a_student_means_the_same_from_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {"data.root": "/pictures", "data.test_a": "there", "distill.teacher": "taught"}
    config = configure_student(Path("horses"), {}, given, **NOTHING)
    assert config.data.test_a == str(tmp_path / "there")
    assert config.distill.teacher == str(tmp_path / "taught")


@pytest.mark.parametrize("key", PATHS)
def test_a_path_that_is_set_on_resuming_means_the_same_from_another_folder(tmp_path, monkeypatch, key):
    saved_run(tmp_path, "mine", *map("=".join, PATHS.items()))
    monkeypatch.chdir(tmp_path)
    given = {"name": "mine", "output.folder": tmp_path, key: "there"}
    assert value_of(configure_resumed(None, given, **NOTHING), key) == str(tmp_path / "there")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("data.root", "tfds:cycle_gan/horse2zebra"),
        ("train.start_from", "horse2zebra"),
        ("data.masks_a", None),
    ],
)
def test_what_is_set_and_names_no_path_stays_as_it_is(key, name):
    given = {"data.root": "/pictures", key: name}
    assert value_of(configure("demo", given, **NOTHING), key) == name


@pytest.mark.parametrize(("key", "value"), [("data.masks_a", ""), ("data.masks_a", 5)])
def test_what_is_set_in_place_of_a_path_is_refused(key, value):
    with pytest.raises(ConfigError, match=key):
        configure("demo", {key: value}, **PICTURES)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "no pictures to train on"),
        ({"a": Path("x")}, "--a and --b go together"),
        ({"b": Path("x")}, "--a and --b go together"),
        ({"data": Path("x"), "a": Path("y")}, "exclude each other"),
        ({"data": Path("x"), "a": Path("y"), "b": Path("z")}, "exclude each other"),
    ],
)
def test_pictures_must_be_named_once(given, message):
    with pytest.raises(UsageError, match=message) as caught:
        configure("demo", {}, **{**NOTHING, **given})
    assert caught.value.fix


def test_a_resumed_run_has_the_configuration_it_had(tmp_path):
    before = saved_run(tmp_path, "mine")
    resumed = configure_resumed(None, {"name": "mine", "output.folder": tmp_path}, **NOTHING)
    assert resumed == before


def test_what_is_given_on_resuming_overrides_it(tmp_path):
    saved_run(tmp_path, "mine")
    given = {"name": "mine", "output.folder": tmp_path, "train.learning_rate": 1e-5}
    resumed = configure_resumed(None, given, **NOTHING)
    assert (resumed.train.learning_rate, resumed.train.steps) == (1e-5, 77)


def test_what_fits_the_run_but_not_the_defaults_is_taken_on_resuming(tmp_path):
    before = saved_run(tmp_path, "mine")
    size = before.data.crop_size + 8
    assert size < load_config(None, {"data.root": "/pictures"}).data.crop_size
    given = {"name": "mine", "output.folder": tmp_path, "data.load_size": size}
    assert configure_resumed(None, given, **NOTHING).data.load_size == size


def test_pictures_that_have_moved_can_be_named_on_resuming(tmp_path):
    saved_run(tmp_path, "mine")
    given = {"name": "mine", "output.folder": tmp_path}
    resumed = configure_resumed(None, given, **{**NOTHING, "data": tmp_path / "moved"})
    assert resumed.data.root == str(tmp_path / "moved")


def test_the_folder_of_a_run_names_the_run_to_resume(tmp_path):
    before = saved_run(tmp_path, "mine")
    saved_run(tmp_path, "newer")
    resumed = configure_resumed(None, {}, **{**NOTHING, "data": tmp_path / "mine"})
    assert resumed == before


def test_the_folder_of_a_run_may_be_the_present_one(tmp_path, monkeypatch):
    before = saved_run(tmp_path, "mine")
    monkeypatch.chdir(tmp_path / "mine")
    assert configure_resumed(None, {}, **{**NOTHING, "data": Path()}) == before


def test_a_run_is_found_by_the_name_in_a_configuration(tmp_path):
    saved_run(tmp_path, "demo")
    saved_run(tmp_path, "other", "train.seed=5")
    assert configure_resumed("demo", {"output.folder": tmp_path}, **NOTHING).name == "demo"


def test_a_folder_of_runs_that_has_moved_is_where_the_run_is_resumed(tmp_path):
    saved_run(tmp_path / "before", "mine")
    (tmp_path / "before").rename(tmp_path / "after")
    resumed = configure_resumed(None, {"name": "mine", "output.folder": tmp_path / "after"}, **NOTHING)
    assert resumed.output.folder == str(tmp_path / "after")


@pytest.mark.parametrize("given", [{"name": "nosuch"}, {}], ids=["named", "newest"])
def test_there_must_be_a_run_to_resume(tmp_path, given):
    with pytest.raises(UsageError, match="no run to resume") as caught:
        configure_resumed(None, {**given, "output.folder": tmp_path}, **NOTHING)
    assert caught.value.fix

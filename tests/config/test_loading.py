"""Rows 1 to 7 of the fault catalogue, and what else a configuration can be."""

import os
from pathlib import Path

import pytest

from cyclegan_tf.config.loading import dump_config, load_config, load_run_config, parse_config, preset_names
from cyclegan_tf.config.schema import Config
from cyclegan_tf.errors import ConfigError, UsageError

PRESETS = ["cpu-128", "demo", "fast-256", "paper-256"]


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "some.yaml")
    return str(caught.value)


def error_of_override(*overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(None, overrides)
    return str(caught.value)


def test_the_presets_are_the_files_in_configs():
    assert preset_names() == PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_loads_and_round_trips(name):
    config = load_config(name)
    assert config.name == name
    assert parse_config(dump_config(config)) == config


def test_the_defaults_are_the_recipe_of_the_paper():
    paper, default = load_config("paper-256"), load_config()
    # The default weight of the identity loss depends on the data.
    assert paper.loss_settings == default.loss_settings
    changed = {"name": "run", "output": default.output, "losses": default.losses}
    assert paper.model_copy(update=changed) == default


def test_a_file_sets_some_keys_and_defaults_fill_in(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("train:\n  batch_size: 4\n")
    assert load_config(file) == load_config(None, ["train.batch_size=4"])


@pytest.mark.parametrize("text", ["", "# nothing", "train:", "train: {}"])
def test_an_empty_file_or_section_means_the_defaults(text):
    assert parse_config(text) == Config()


@pytest.mark.parametrize("text", ["- a", "word", "3"])
def test_a_file_without_sections_is_refused(text):
    assert "not a configuration: some.yaml" in error_of(text)


@pytest.mark.parametrize("name", ["missing.yaml", "cpu-129", "x" * 5000, "a\0b"])
def test_a_missing_file_is_a_usage_error_that_lists_the_presets(name):
    with pytest.raises(UsageError) as caught:
        load_config(name)
    assert caught.value.exit_code == 2
    assert name in str(caught.value)
    assert ", ".join(PRESETS) in str(caught.value)


def test_all_errors_come_at_once_and_a_person_can_read_them():
    message = error_of(
        "name: ../x\ndata: {crop_size: 250, flip: 1}\ntrain: {epochs: 0, lr: 1}\nmodel: {generator: vgg}"
    )
    assert message.startswith("error: configuration is not valid (5 problems): some.yaml\n  name: received")
    for key in ("data.flip", "train.epochs", "train.lr", "model.generator"):
        assert f"\n  {key}: " in message
    assert "pydantic" not in message
    assert "http" not in message


def test_conflicts_between_good_keys_come_together_with_bad_keys():
    message = error_of(
        "data: {load_size: 100, crop_size: 128}\nmodel: {generator: unet_128}\ntrain: {seed: x}"
    )
    assert "(2 problems)" in message
    assert "data.load_size: received 100" in message


def test_a_bad_key_causes_no_second_complaint_about_its_default():
    assert "(1 problem)" in error_of("data: {load_size: x, crop_size: 512}")


# Overrides and the length of a run
@pytest.mark.parametrize(
    ("override", "section", "key", "value"),
    [
        ("train.learning_rate=1e-4", "train", "learning_rate", 1e-4),
        ("data.root=/a=b", "data", "root", "/a=b"),
        ("data.root=a: b # c", "data", "root", "a: b # c"),
        ('data.root="7"', "data", "root", "7"),
        ("data.root=", "data", "root", None),
        ("data.cache = off", "data", "cache", "off"),
    ],
)
def test_an_override_is_read_as_a_yaml_scalar(override, section, key, value):
    assert getattr(getattr(load_config(None, [override]), section), key) == value


def test_the_last_of_two_overrides_wins_and_the_name_needs_no_section():
    assert load_config(None, ["train.seed=1", "train.seed=2"]).train.seed == 2
    assert load_config("demo", ["name=mine"]).name == "mine"


@pytest.mark.parametrize("override", ["train.seed", "=3", ""])
def test_an_override_without_key_or_value_is_a_usage_error(override):
    with pytest.raises(UsageError, match="expected section.key=value"):
        load_config(None, [override])


@pytest.mark.parametrize(
    ("preset", "overrides", "epochs", "steps"),
    [
        ("paper-256", [], 200, None),
        ("paper-256", ["train.steps=3000"], None, 3000),
        ("cpu-128", [], None, 2400),
        ("cpu-128", ["train.epochs=5"], 5, None),
        ("cpu-128", ["train.steps=null"], 200, None),
        ("paper-256", ["train.steps=3000", "train.epochs=5"], 5, None),
    ],
)
def test_the_last_layer_that_sets_a_length_decides(preset, overrides, epochs, steps):
    train = load_config(preset, overrides).train
    assert (train.epochs, train.steps) == (epochs, steps)


def test_a_preset_says_its_source_command_time_and_result():
    for name in PRESETS:
        text = Path(__file__).parents[2].joinpath("configs", f"{name}.yaml").read_text()
        command = f"# Command: cyclegan-tf fit DATA --config {name}\n"
        assert [
            words for words in ("# Source: ", command, "# Time: ", "# Result: ") if words not in text
        ] == []


@pytest.mark.parametrize("text", ["[0, 4095]", "[-1.0, 1e3]"])
def test_a_range_is_given_in_a_file_and_on_the_command_line_alike(text):
    from_file = parse_config(f"data: {{range_a: {text}}}")
    assert load_config(None, [f"data.range_a={text}"]) == from_file
    assert parse_config(dump_config(from_file)) == from_file


# Overrides as values
def test_overrides_may_be_values_by_key():
    texts = load_config("cpu-128", ["train.steps=100", "data.range_a=[0, 1]", "name=mine"])
    values = {"train.steps": 100, "data.range_a": (0.0, 1.0), "name": "mine"}
    assert load_config("cpu-128", values) == texts


# Renamed keys
RENAMED = [
    ("model.padding", "same", "model.generator_padding"),
    ("model.norm_epsilon", "1e-3", "model.generator_norm_epsilon"),
    ("model.initial", "runs/old", "train.start_from"),
]


@pytest.mark.parametrize(("old", "value", "new"), RENAMED)
def test_a_former_key_is_refused_with_its_new_name(old, value, new):
    assert f"{old}: this key was renamed, write {new}" in error_of_override(f"{old}={value}")
    section, name = old.split(".")
    assert f"{old}: this key was renamed, write {new}" in error_of(f"{section}: {{{name}: {value}}}")


@pytest.mark.parametrize(("old", "value", "new"), RENAMED)
def test_a_run_folder_may_have_former_keys_and_says_so(tmp_path, caplog, old, value, new):
    section, name = old.split(".")
    file = tmp_path / "config.yaml"
    file.write_text(f"{section}: {{{name}: {value}}}\n")
    caplog.set_level("INFO", "cyclegan_tf")
    assert load_run_config(file) == load_config(None, [f"{new}={value}"])
    assert f"{file}: {old} of an earlier version is read as {new}" in caplog.text


def test_a_removed_key_is_refused_by_name():
    assert "losses.lambda_change: this key was removed" in error_of_override("losses.lambda_change=0.2")


def test_a_run_folder_may_have_a_removed_key_that_was_off(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("losses: {lambda_change: 0.0, lambda_a: 5}\n")
    assert load_run_config(file) == load_config(None, ["losses.lambda_a=5"])
    file.write_text("losses: {lambda_change: 0.2}\n")
    with pytest.raises(ConfigError, match="lambda_change: this key was removed"):
        load_run_config(file)


def test_a_path_whose_name_is_not_utf_8_comes_back_from_the_run_folder(tmp_path):
    root = os.fsdecode(b"/data/caf\xe9")
    config = load_config(None, {"data.root": root, "train.start_from": root})
    (tmp_path / "config.yaml").write_text(dump_config(config), encoding="utf-8")
    assert load_run_config(tmp_path / "config.yaml") == config
    assert config.data.root == config.train.start_from == root


def test_such_a_path_is_checked_like_any_other():
    bad = os.fsdecode(b"caf\xe9\0")
    with pytest.raises(ConfigError, match="data.root"):
        load_config(None, {"data.root": bad})

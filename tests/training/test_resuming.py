import logging
from types import SimpleNamespace

import pytest

from cyclegan_tf.config.loading import dump_config, load_config
from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.run import Run
from cyclegan_tf.training.resuming import FIXED_KEYS, check_config_change, check_data_change, resume_command

ALLOWED = [
    "train.learning_rate=1e-4",
    "train.steps=77",
    "train.ema_decay=0.99",
    "losses.lambda_identity=0.1",
    "data.root=/elsewhere",
    "data.load_size=300",
    "output.keep_checkpoints=9",
]
REFUSED = [
    "model.generator=resnet_6blocks",
    "model.generator_width=32",
    "data.preprocess=crop",
    "data.crop_size=128",
    "data.flip=false",
    "train.batch_size=2",
    "train.history_size=10",
    "train.seed=5",
    "train.ema_decay=0.0",
]


@pytest.fixture
def run(tmp_path) -> Run:
    """A run with the default configuration."""
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    run.config.write_text(dump_config(load_config()))
    return run


@pytest.mark.parametrize("change", ALLOWED)
def test_row_30_a_change_of_the_schedule_is_logged(run, caplog, change):
    with caplog.at_level(logging.INFO):
        check_config_change(run, load_config(None, [change]))
    key, _, _ = change.partition("=")
    lines = [record.getMessage() for record in caplog.records]
    assert any(line.startswith(f"resuming with {key} = ") and "; it was " in line for line in lines)


@pytest.mark.parametrize("change", REFUSED)
def test_row_30_a_change_of_what_the_state_depends_on_is_refused(run, change):
    with pytest.raises(ModelError, match="a resumed run cannot change this") as caught:
        check_config_change(run, load_config(None, [change]))
    key, _, value = change.partition("=")
    assert f"{key}: the run has " in caught.value.detail
    assert caught.value.detail.lower().endswith(f"received {value}")
    assert caught.value.exit_code == 5


def test_all_refused_keys_are_named_at_once_and_no_change_is_logged(run, caplog):
    changes = ["train.seed=5", "model.generator_width=8", "train.learning_rate=1e-3"]
    with caplog.at_level(logging.INFO), pytest.raises(ModelError) as caught:
        check_config_change(run, load_config(None, changes))
    assert caught.value.detail == (
        "model.generator_width: the run has 64, received 8\ntrain.seed: the run has 0, received 5"
    )
    assert caplog.records == []


def test_the_same_configuration_has_nothing_to_log(run, caplog):
    with caplog.at_level(logging.INFO):
        check_config_change(run, load_config())
    assert caplog.records == []


def test_where_a_run_lies_and_its_name_are_no_change(run, caplog):
    with caplog.at_level(logging.INFO):
        check_config_change(run, load_config(None, ["name=other", "output.folder=/elsewhere"]))
    assert caplog.records == []


def test_every_fixed_key_is_the_beginning_of_a_key():
    sections = {
        name: values for name, values in load_config().model_dump().items() if isinstance(values, dict)
    }
    keys = [f"{section}.{name}" for section, values in sections.items() for name in values]
    assert [fixed for fixed in FIXED_KEYS if not any(key.startswith(fixed) for key in keys)] == []


def test_other_pictures_are_refused_with_both_fingerprints():
    with pytest.raises(ModelError, match="pictures have changed") as caught:
        check_data_change({"data": "a" * 64}, SimpleNamespace(fingerprint="b" * 64))
    assert caught.value.detail == f"expected the fingerprint {'a' * 12}; found {'b' * 12}"
    assert "--allow-data-change" in caught.value.fix


@pytest.mark.parametrize("saved", ["a" * 64, ""])
def test_the_same_pictures_pass_and_so_does_a_checkpoint_that_does_not_know_them(saved):
    check_data_change({"data": saved}, SimpleNamespace(fingerprint="a" * 64))


def test_the_command_that_resumes_names_the_run_its_folder_and_what_changes():
    config = load_config(None, ["name=mine", "output.folder=my runs"])
    assert resume_command(config, {"train.learning_rate": "0.0001"}) == (
        "cyclegan-tf fit --resume --name mine --set 'output.folder=my runs' --set train.learning_rate=0.0001"
    )
    assert resume_command(load_config(None, ["name=mine"])) == "cyclegan-tf fit --resume --name mine"

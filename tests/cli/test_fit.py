import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from cyclegan_tf.cli.fit import print_run
from cyclegan_tf.config.loading import load_config
from cyclegan_tf.images.reading import read_image
from cyclegan_tf.inference.translator import Translator
from cyclegan_tf.models.run import Run
from cyclegan_tf.training import fit as training
from cyclegan_tf.training import plan

pytestmark = pytest.mark.usefixtures("shallow_generators", "without_graphs")


def test_fit_prints_where_everything_is(tiny_fit):
    folder = tiny_fit.runs / "tiny"
    lines = dict(line.split(None, 1) for line in tiny_fit.stdout.splitlines())
    assert lines["run"] == str(folder)
    assert lines["model"] == str(folder / "model")
    assert lines["curves"] == f"tensorboard --logdir {folder / 'tensorboard'}"
    assert f"--model {folder}" in lines["next:"]


@pytest.mark.parametrize(
    ("directions", "channels", "command_of_it"),
    [
        (("ab", "ba"), 3, "video IN.mp4 OUT.mp4 --model 'a run'"),
        (("ba",), 3, "video IN.mp4 OUT.mp4 --model 'a run' --direction ba"),
        (("ab", "ba"), 1, "image PHOTOS TRANSLATED --model 'a run'"),
        (("ba",), 5, "image PHOTOS TRANSLATED --model 'a run' --direction ba"),
    ],
    ids=["pair", "student_of_ba", "grey", "bands_of_ba"],
)
def test_fit_prints_what_its_model_can_do_next(
    write_model, tmp_path, monkeypatch, capsys, directions, channels, command_of_it
):
    monkeypatch.chdir(tmp_path)
    run = Run(Path("a run"))
    write_model(run.model, *directions, channels=channels)
    # A student, which learns both directions if its teacher has both.
    keys = {"distill.teacher": "teacher", "data.channels_a": channels, "data.channels_b": channels}
    config = load_config(None, keys)
    print_run(run, config, as_json=False)
    assert capsys.readouterr().out.splitlines()[-1] == f"next: cyclegan-tf {command_of_it}"


def test_fit_shows_its_progress_on_stderr_alone(tiny_fit):
    assert "training 4/4" in tiny_fit.stderr
    assert "cycle " in tiny_fit.stderr
    assert "training" not in tiny_fit.stdout


def test_fit_as_json_is_nothing_but_json(command, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "fit", lambda config, **options: Run(tmp_path / config.name))
    result = command("fit", tmp_path, "--config", "demo", "--name", "mine", "--json")
    said = json.loads(result.stdout)
    assert (said["schema"], said["model"]) == (1, str(tmp_path / "mine" / "model"))


@pytest.mark.parametrize(("text", "devices"), [("all", "all"), ("3", 3)])
def test_fit_takes_the_number_of_devices(command, tmp_path, monkeypatch, text, devices):
    configs = []

    def fit(config, **options):
        configs.append(config)
        return Run(tmp_path)

    monkeypatch.setattr(training, "fit", fit)
    assert command("fit", tmp_path, "--config", "demo", "--devices", text).exit_code == 0
    assert [config.train.devices for config in configs] == [devices]


@pytest.mark.parametrize(
    ("options", "passed"),
    [
        ((), {}),
        (("--overwrite",), {"overwrite": True}),
        (("--allow-data-change",), {"allow_data_change": True}),
        (("--progress", "json"), {"progress": "json"}),
    ],
)
def test_fit_hands_on_what_it_was_given(command, tmp_path, monkeypatch, options, passed):
    given = {}

    def fit(config, **options):
        given.update(options, config=config)
        return Run(tmp_path)

    monkeypatch.setattr(training, "fit", fit)
    monkeypatch.chdir(tmp_path)
    words = ("--config", "demo", "--name", "2e-4", "--set", "train.steps=9", "--start-from", "old: #")
    command("fit", tmp_path, *words, *options)
    config = given.pop("config")
    assert (config.name, config.train.steps, config.data.root) == ("2e-4", 9, str(tmp_path))
    assert config.train.start_from == str(tmp_path / "old: #")
    assert given == {
        "resume": False,
        "overwrite": False,
        "allow_data_change": False,
        "progress": "auto",
        **passed,
    }


def test_a_bundled_model_is_named_wherever_the_run_is_resumed(command, tmp_path, monkeypatch):
    seen = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        training, "fit", lambda config, **options: seen.append(config) or Run(tmp_path / "run")
    )
    command("fit", tmp_path, "--config", "cpu-128", "--start-from", "horse2zebra")
    assert seen[0].train.start_from == "horse2zebra"


def test_resuming_and_starting_over_exclude_each_other(command):
    result = command("fit", "--resume", "--overwrite")
    assert result.exit_code == 2
    assert "error: --resume and --overwrite exclude each other" in result.stderr


@pytest.fixture
def dry_run(command, tiny_data, tiny_options, tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "seconds_per_step", lambda *arguments: 2.0)
    monkeypatch.chdir(tmp_path)
    return lambda *options: command("fit", tiny_data, *tiny_options, "--dry-run", *options)


def test_a_dry_run_prints_the_plan_and_writes_nothing(dry_run, tmp_path):
    result = dry_run()
    assert result.exit_code == 0
    assert "generator_width: 4" in result.stdout
    assert "about 2.00 s a step" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_as_json_is_nothing_but_json(dry_run):
    planned = json.loads(dry_run("--json").stdout)
    assert (planned["num_steps"], planned["num_a"], planned["num_b"]) == (4, 4, 3)


def test_a_dry_run_refuses_a_run_that_exists_unless_it_would_be_replaced(dry_run, tmp_path):
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "runs" / "mine" / "config.yaml").write_text("name: mine\n")
    refused = dry_run("--name", "mine")
    assert refused.exit_code == 6
    assert "a run of this name exists: runs/mine" in refused.stderr
    assert dry_run("--name", "mine", "--overwrite").exit_code == 0


def test_a_dry_run_refuses_to_replace_the_run_that_it_would_start_from(command, tiny_data, tiny_run):
    place = ("--name", tiny_run.name, "--set", f"output.folder={tiny_run.parent}", "--overwrite")
    result = command("fit", tiny_data, *place, "--start-from", tiny_run, "--dry-run")
    assert result.exit_code == 2
    assert "holds the model to start from" in result.stderr


def test_a_dry_run_refuses_what_a_resumed_run_cannot_change(command, tiny_run):
    result = command("fit", "--resume", tiny_run, "--set", "data.crop_size=16", "--dry-run")
    assert result.exit_code == 5
    assert "data.crop_size: the run has 32, received 16" in result.stderr


def test_a_run_of_an_earlier_version_is_resumed(command, tiny_run, tmp_path, caplog):
    run = shutil.copytree(tiny_run, tmp_path / "tiny")
    text = (run / "config.yaml").read_text().replace("  start_from: null\n", "")
    text = text.replace("generator_padding", "padding").replace("generator_norm_epsilon", "norm_epsilon")
    (run / "config.yaml").write_text(text.replace("model:\n", "model:\n  initial: null\n"))
    place = ("--name", "tiny", "--set", f"output.folder={tmp_path}")
    caplog.set_level("INFO", "cyclegan_tf")
    result = command("fit", "--resume", *place, "--set", "train.steps=5")
    assert result.exit_code == 0, result.stderr
    assert "training 5/5" in result.stderr
    assert caplog.text.count("model.padding of an earlier version is read as model.generator_padding") == 1
    resumed = load_config(run / "config.yaml")
    assert (resumed.train.steps, resumed.model.generator_padding) == (5, "symmetric")


@pytest.mark.slow
def test_a_run_from_grey_to_five_bands_trains_draws_and_translates(
    command, tiny_options, shallow_generators, tmp_path
):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 5), dtype=np.uint8)
    for part, channels in (("trainA", 1), ("trainB", 5)):
        (tmp_path / part).mkdir()
        for number, picture in enumerate(pictures):
            np.save(tmp_path / part / f"{number}.npy", picture[..., :channels])
    keys = ("data.channels_a=1", "data.channels_b=5", "losses.lambda_identity=0", f"output.folder={tmp_path}")
    sets = (word for key in keys for word in ("--set", key))
    result = command("fit", tmp_path, *tiny_options, *sets, "--name", "run")
    assert result.exit_code == 0, result.stderr
    assert read_image(next((tmp_path / "run/samples").iterdir())).shape[2] == 3
    assert Translator.load(tmp_path / "run")(pictures[0, ..., :1]).shape == (40, 40, 5)
    assert Translator.load(tmp_path / "run", "ba")(pictures[0]).shape == (40, 40, 1)

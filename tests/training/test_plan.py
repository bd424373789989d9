import pytest

from cyclegan_tf.config.loading import load_config, parse_config
from cyclegan_tf.errors import DataError, UsageError
from cyclegan_tf.training import plan as planning
from cyclegan_tf.training.plan import Plan, plan

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture(scope="module")
def config(tiny_data, tiny_options):
    options = [word for word in tiny_options if "=" in word]
    return load_config("demo", [*options, f"data.root={tiny_data}", "train.steps=20"])


@pytest.fixture(scope="module")
def planned(config, shallow_generators):
    with pytest.MonkeyPatch.context() as patch:
        # Otherwise it measures this machine for a second.
        patch.setattr(planning, "seconds_per_step", lambda *arguments: 1.8)
        return plan(config)


def test_a_plan_counts_pictures_and_steps(planned):
    assert (planned.num_a, planned.num_b) == (4, 3)
    assert (planned.steps_per_epoch, planned.num_steps) == (4, 20)


def test_a_plan_of_several_devices_has_the_batch_of_all_and_fewer_steps(config, monkeypatch):
    monkeypatch.setattr(planning, "seconds_per_step", lambda *arguments: 1.0)
    train = {"devices": 3, "device": "cpu", "batch_size": 1, "steps": None, "epochs": 5}
    planned = plan(config.model_copy(update={"train": config.train.model_copy(update=train)}))
    assert (planned.devices, planned.batch_size) == (3, 3)
    assert (planned.steps_per_epoch, planned.num_steps) == (2, 10)
    assert "3 of each domain, 1 a device of 3" in str(planned)


def test_the_configuration_of_a_plan_is_complete(planned, config):
    assert parse_config(planned.config) == config


def test_the_curve_has_the_first_and_the_last_step_and_ends_above_zero(planned):
    (first, first_rate), (last, last_rate) = planned.learning_rates[0], planned.learning_rates[-1]
    assert (first, last) == (1, 20)
    assert first_rate == pytest.approx(5e-4)
    assert last_rate == pytest.approx(5e-4 / 10)


def test_a_run_of_one_step_has_a_curve_of_one_point(config, monkeypatch):
    monkeypatch.setattr(planning, "seconds_per_step", lambda *arguments: 1.0)
    one_step = config.model_copy(update={"train": config.train.model_copy(update={"steps": 1})})
    assert len(plan(one_step).learning_rates) == 1


def test_the_text_of_a_plan_tells_everything(planned):
    text = str(planned)
    for part in ("4 of A, 3 of B", "20 (5.0 epochs of 4)", "float32", "GiB", "1.80 s a step", "0.0 h in all"):
        assert part in text
    assert f"{planned.parameters:,}" in text


def test_the_curve_is_drawn_as_long_as_the_rate_is_high():
    rates = [(1, 2e-4), (10, 1e-4)]
    lines = str(Plan("", 1, 1, 1, 10, rates, "float32", 1, 1, 1.0)).splitlines()[-2:]
    assert [line.count("#") for line in lines] == [40, 20]


def test_a_plan_as_json_is_the_same_figures(planned):
    values = planned.to_dict()
    assert (values["num_steps"], values["seconds_per_step"]) == (20, 1.8)


def test_planning_writes_nothing(config, tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "seconds_per_step", lambda *arguments: 1.0)
    monkeypatch.chdir(tmp_path)
    output = config.output.model_copy(update={"folder": str(tmp_path / "runs")})
    plan(config.model_copy(update={"output": output}))
    assert list(tmp_path.iterdir()) == []


def test_planning_finds_the_pictures_that_a_run_could_not_use(config, tmp_path):
    data = config.data.model_copy(update={"root": str(tmp_path / "nowhere")})
    with pytest.raises(DataError, match="there is no folder"):
        plan(config.model_copy(update={"data": data}))


def test_a_students_training_cannot_be_planned():
    with pytest.raises(UsageError, match="cannot be planned"):
        plan(load_config(None, {"distill.teacher": "horses", "data.root": "pictures"}))

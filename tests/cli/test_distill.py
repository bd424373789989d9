import pytest

from cyclegan_tf.models import bundled
from cyclegan_tf.models.run import Run
from cyclegan_tf.training import fit as training

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture
def configured(monkeypatch, tmp_path):
    """The configurations that would be trained."""
    given = []

    def fit(config, **options):
        given.append((config, options))
        return Run(tmp_path / config.name)

    monkeypatch.setattr(training, "fit", fit)
    return given


def test_a_run_is_named_after_its_teacher(command, masked_model, tiny_data, configured):
    result = command("distill", masked_model, "--data", tiny_data)
    assert result.exit_code == 0, result.stderr
    config, _ = configured[0]
    # The teacher's folder is called model, so the name is that of the folder it lies in.
    assert config.name == f"{masked_model.parent.name}-fast"
    assert (config.model.generator_width, config.train.steps, config.distill.direction) == (16, 4000, "both")


def test_a_bundled_teacher_is_named_not_placed(command, masked_model, tiny_data, configured, monkeypatch):
    monkeypatch.setattr(bundled, "FOLDER", masked_model.parent)
    result = command("distill", "model", "--data", tiny_data, "--name", "mine", "--overwrite")
    assert result.exit_code == 0, result.stderr
    config, options = configured[0]
    assert (config.distill.teacher, config.name, options["overwrite"]) == ("model", "mine", True)


def test_the_student_of_a_teacher_of_one_direction_is_shown_with_it(
    command, write_model, tiny_data, configured, tmp_path
):
    teacher = write_model(tmp_path / "teacher", "ba")
    write_model(Run(tmp_path / "teacher-fast").model, "ba")
    result = command("distill", teacher, "--data", tiny_data)
    assert result.stdout.splitlines()[-1].endswith(" --direction ba")


def test_a_key_counts_more_than_an_option(command, masked_model, tiny_data, configured):
    command("distill", masked_model, "--data", tiny_data, "--steps", 7, "--set", "train.batch_size=3")
    config, _ = configured[0]
    assert (config.train.steps, config.train.epochs, config.train.batch_size) == (7, None, 3)


def test_without_pictures_the_command_is_shown(command, masked_model):
    result = command("distill", masked_model)
    assert result.exit_code == 2
    assert f"cyclegan-tf distill {masked_model} --data DATA" in result.stderr


def test_without_a_teacher_it_is_said(command, tmp_path, tiny_data):
    result = command("distill", tmp_path / "nothing", "--data", tiny_data)
    assert result.exit_code != 0
    assert "no model at" in result.stderr

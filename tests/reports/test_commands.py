import json
import shlex
import shutil
from pathlib import Path

import pytest

from cyclegan_tf.reports.commands import commands_of, evaluate_command, next_command
from cyclegan_tf.reports.run_files import read_run


def commands(folder):
    return dict(commands_of(read_run(folder)))


def test_a_finished_run_can_train_longer(run_folder):
    assert (
        commands(run_folder)["Train longer"] == f"cyclegan-tf fit --resume {run_folder} --set train.steps=16"
    )


def test_a_stopped_run_can_be_resumed(run_folder):
    (run_folder / "summary.json").unlink()
    assert "Train longer" not in commands(run_folder)
    assert commands(run_folder)["Resume the training"] == f"cyclegan-tf fit --resume {run_folder}"


def test_the_best_model_is_the_one_to_use(run_folder):
    shutil.copytree(run_folder / "model", run_folder / "best")
    assert commands(run_folder)["Export the model"].endswith(f"--model {run_folder / 'best'}")


def test_a_model_can_translate_wherever_the_command_is_given(run_folder):
    said = commands(run_folder.relative_to(run_folder.parents[1]))
    assert said["Translate a clip"] == f"cyclegan-tf video IN.mp4 OUT.mp4 --model {run_folder}"


def test_a_folder_with_blanks_is_quoted(run_folder):
    folder = run_folder.with_name("two words")
    run_folder.rename(folder)
    assert shlex.split(commands(folder)["Translate a clip"])[-1] == str(folder)


def test_a_student_of_one_direction_is_used_for_that_one(run_folder):
    card = json.loads((run_folder / "model" / "model.json").read_text()) | {"directions": {"ba": {}}}
    (run_folder / "model" / "model.json").write_text(json.dumps(card))
    said = commands(run_folder)
    assert "Translate pictures, A to B" not in said
    assert said["Translate a clip"].endswith("--direction ba")
    assert said["Export the model"].endswith("--direction ba")


def test_a_run_without_a_model_cannot_translate(run_folder):
    (run_folder / "model" / "model.json").unlink()
    assert not any(words.startswith(("Translate", "Export")) for words in commands(run_folder))


def test_a_model_of_grey_pictures_translates_no_clips(run_folder):
    text = (run_folder / "config.yaml").read_text()
    (run_folder / "config.yaml").write_text(text.replace("channels_a: 3", "channels_a: 1"))
    said = commands(run_folder)
    assert "Translate pictures, A to B" in said and "Translate a clip" not in said


def test_an_evaluation_is_written_where_the_report_looks_for_it(run_folder):
    out = run_folder / "evaluations" / "step_00000008"
    assert evaluate_command(read_run(run_folder)) == (
        f"cyclegan-tf evaluate data --model {run_folder} --out {out}"
    )


def test_an_evaluation_takes_the_two_folders_of_a_run_without_a_common_one(run_folder):
    text = (run_folder / "config.yaml").read_text()
    assert "  root: data\n" in text
    text = text.replace("  root: data\n", "  root: null\n").replace("  a: null\n", "  a: my summer\n")
    (run_folder / "config.yaml").write_text(text.replace("  b: null\n", "  b: winter\n"))
    assert "evaluate --a 'my summer' --b winter --model" in evaluate_command(read_run(run_folder))


@pytest.mark.parametrize(
    ("directions", "channels", "expected"),
    [
        (("ab", "ba"), (3, 3), "cyclegan-tf video IN.mp4 OUT.mp4 --model 'two words'"),
        (("ba",), (3, 3), "cyclegan-tf video IN.mp4 OUT.mp4 --model 'two words' --direction ba"),
        (("ab",), (3, 1), "cyclegan-tf image PHOTOS TRANSLATED --model 'two words'"),
    ],
)
def test_the_next_command_is_one_that_the_model_can_do(directions, channels, expected):
    assert next_command(Path("two words"), directions, channels) == expected

import re
import shutil

import pytest

from cyclegan_tf.errors import UsageError
from cyclegan_tf.reports.comparison import write_comparison


@pytest.fixture
def other(run_folder):
    folder = run_folder.with_name("other")
    shutil.copytree(run_folder, folder)
    text = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(text.replace("learning_rate: 0.0005", "learning_rate: 0.001"))
    metrics = folder / "evaluations" / "step_00000008" / "metrics.json"
    metrics.write_text(metrics.read_text().replace("0.125", "0.5"))
    return folder


def rows(text, section):
    found = re.search(rf'<section id="{section}">.*?</section>', text, re.DOTALL)[0]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>.*?</tr>", found)]


def test_only_keys_that_differ_are_listed(run_folder, other, tmp_path):
    text = write_comparison([run_folder, other], tmp_path / "both.html").read_text()
    assert rows(text, "configuration") == [
        ["key", "mine", "other"],
        ["train.learning_rate", "0.0005", "0.001"],
    ]


def test_the_best_of_a_measure_is_marked(run_folder, other, tmp_path):
    text = write_comparison([run_folder, other], tmp_path / "both.html").read_text()
    kid = ["A to B, KID (net)", "lower", "<strong>0.125 ± 0.01</strong>", "0.5 ± 0.01"]
    assert rows(text, "measures")[1] == kid


def test_a_run_without_evaluation_has_a_dash(run_folder, other, tmp_path):
    shutil.rmtree(other / "evaluations")
    text = write_comparison([run_folder, other], tmp_path / "both.html").read_text()
    assert rows(text, "measures")[1][2:] == ["0.125 ± 0.01", "–"]


def test_runs_of_one_name_are_told_apart_by_their_folders(run_folder, tmp_path):
    shutil.copytree(run_folder, tmp_path / "elsewhere" / "mine")
    text = write_comparison([run_folder, tmp_path / "elsewhere" / "mine"], tmp_path / "both.html").read_text()
    assert f"{run_folder}, {tmp_path / 'elsewhere' / 'mine'}" in text
    assert "There are none." in text


@pytest.mark.parametrize("count", [1, 25])
def test_too_few_or_too_many_runs_are_refused(run_folder, tmp_path, count):
    with pytest.raises(UsageError, match=f"cannot compare {count} runs"):
        write_comparison([run_folder] * count, tmp_path / "both.html")

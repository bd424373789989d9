import json
import shutil

import pytest


@pytest.fixture
def two_runs(tiny_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        shutil.copytree(tiny_run, tmp_path / "runs" / name)
    return tmp_path


def test_the_page_of_a_run_is_in_its_folder(command, two_runs):
    result = command("report", "runs/one", "--quick")
    assert (result.exit_code, result.stdout.split()) == (0, ["report", "runs/one/report.html"])
    assert (two_runs / "runs" / "one" / "report.html").is_file()
    assert json.loads((two_runs / "runs" / "one" / "data_check.json").read_text())["report"]["is_quick"]


def test_the_pictures_are_checked_with_progress_on_stderr(command, two_runs):
    result = command("report", "runs/one", "--json")
    assert json.loads(result.stdout) == {"schema": 1, "report": "runs/one/report.html"}
    assert "checking" in result.stderr


def test_several_runs_are_compared_and_a_page_is_replaced_only_if_told(command, two_runs):
    assert command("report", "runs/one", "runs/two").stdout.split()[-1] == "comparison.html"
    again = command("report", "runs/one", "runs/two")
    assert again.exit_code == 6 and "--overwrite" in again.stderr
    assert command("report", "runs/one", "runs/two", "--overwrite").exit_code == 0
    assert command("report", "runs/one", "runs/two", "--out", "mine.html").exit_code == 0


def test_out_is_refused_for_a_single_run(command, two_runs):
    result = command("report", "runs/one", "--out", "mine.html")
    assert result.exit_code == 2 and "leave --out away" in result.stderr


def test_what_is_no_run_is_refused(command, two_runs):
    result = command("report", "runs")
    assert result.exit_code == 2 and "not the folder of a run: runs" in result.stderr


def test_json_that_measures_no_clip_is_refused(command, tmp_path):
    (tmp_path / "measures.json").write_text('{"schema": 1}')
    result = command("report", tmp_path / "measures.json")
    assert result.exit_code == 2 and "not the measures of a clip" in result.stderr
    assert not (tmp_path / "measures.html").exists()

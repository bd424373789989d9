import json
from pathlib import Path

from cyclegan_tf.cli.printing import print_json, print_next_video, print_paths


def test_every_result_has_the_number_of_its_schema(capsys):
    print_json({"path": "out"})
    assert json.loads(capsys.readouterr().out) == {"schema": 1, "path": "out"}


def test_paths_stand_below_each_other(capsys):
    print_paths({"run": "runs/mine", "metrics": "runs/mine/metrics.jsonl"})
    first, second = capsys.readouterr().out.splitlines()
    assert first.index("runs/") == second.index("runs/")


def test_the_next_command_names_the_direction_of_a_model_without_ab(capsys):
    print_next_video(Path("runs/mine"), {"ba": None})
    print_next_video(Path("runs/mine"), {"ab": None, "ba": None})
    only_ba, both = capsys.readouterr().out.splitlines()
    assert only_ba == "next: cyclegan-tf video IN.mp4 OUT.mp4 --model runs/mine --direction ba"
    assert both == "next: cyclegan-tf video IN.mp4 OUT.mp4 --model runs/mine"

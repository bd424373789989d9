import json

from cyclegan_tf.cli.printing import print_json, print_paths


def test_every_result_has_the_number_of_its_schema(capsys):
    print_json({"path": "out"})
    assert json.loads(capsys.readouterr().out) == {"schema": 1, "path": "out"}


def test_paths_stand_below_each_other(capsys):
    print_paths({"run": "runs/mine", "metrics": "runs/mine/metrics.jsonl"})
    first, second = capsys.readouterr().out.splitlines()
    assert first.index("runs/") == second.index("runs/")

import json
import re

import pytest

from cyclegan_tf.demo import run as demo
from cyclegan_tf.demo.run import DemoReport, Score


@pytest.fixture
def shown(monkeypatch):
    """Lets the demonstration report something at once, and notes its progress option."""
    scores = {"ab": Score(10.0, 11.04, 22.25), "ba": Score(12.0, 13.0, 24.0)}
    given = []

    def run_demo(folder, say, progress):
        given.append((str(folder), progress))
        return DemoReport(scores, {"grid": "demo/grid.png"}, 61.2)

    monkeypatch.setattr(demo, "run_demo", run_demo)
    return given


def test_demo_prints_a_table_and_the_files(command, shown):
    result = command("demo")
    assert re.search(r"summer to winter +10\.0 +11\.0 +22\.2", result.stdout)
    assert re.search(r"winter to summer +12\.0 +13\.0 +24\.0", result.stdout)
    assert "demo/grid.png" in result.stdout


def test_demo_as_json_is_nothing_but_json(command, shown):
    report = json.loads(command("demo", "elsewhere", "--json", "--progress", "none").stdout)
    assert (report["schema"], report["scores"]["ba"]["after"]) == (1, 24.0)
    assert shown == [("elsewhere", "none")]

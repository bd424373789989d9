"""A run folder as `fit` and `evaluate` write it, made without training, and a browser."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.config.loading import dump_config, load_config

CARD = {
    "format": 2,
    "precision": "float32",
    "training_size": [32, 48],
    "provenance": {
        "run": "mine",
        "step": 8,
        "num_steps": 8,
        "tensorflow": "2.21.0",
        "losses": {"adversarial": "lsgan"},
    },
}


def write_picture(path, level=100):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((40, 48, 3), level, np.uint8)).save(path)


def write_evaluation(folder, step, *, kid=0.2, count=14):
    place = folder / "evaluations" / f"step_{step:08d}"
    directions = {}
    for direction in ("ab", "ba"):
        pictures = [{"name": f"p{n}", "distance": n / 10} for n in range(count)]
        for one in [*pictures[:6], *pictures[-6:]]:
            one |= {
                "input": f"{direction}/{one['name']}.input.jpg",
                "translated": f"{direction}/{one['name']}.jpg",
            }
            write_picture(place / one["input"])
            write_picture(place / one["translated"], 200)
        scores = [
            {"name": "kid", "value": kid, "standard_error": 0.01, "network": "net", "better": "lower"},
            {"name": "cycle_l1", "value": 5.0, "unit": "grey levels", "better": "lower"},
        ]
        directions[direction] = {"scores": scores, "pictures": pictures}
    metrics = {"schema": 1, "step": step, "directions": directions, "warnings": ["only 14 pictures"]}
    (place / "metrics.json").write_text(json.dumps(metrics))


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory):
    """A folder with data and runs/mine; do not write into it."""
    root = tmp_path_factory.mktemp("reports")
    for part, count in (("trainA", 3), ("trainB", 2)):
        for number in range(count):
            write_picture(root / "data" / part / f"{number}.png", 40 * number + 20 * (part == "trainB"))
    folder = root / "runs" / "mine"
    (folder / "checkpoints").mkdir(parents=True)
    keys = {"name": "mine", "data.root": "data", "train.steps": 8, "data.crop_size": 32, "data.load_size": 36}
    (folder / "config.yaml").write_text(dump_config(load_config("demo", keys)))
    log = [
        {"step": step, "epoch": step / 3, "cycle_a": 4 / step, "cycle_b": 5 / step, "learning_rate": 2e-4}
        for step in (2, 4, 6, 8)
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in log))
    for step in (4, 8):
        write_picture(folder / "samples" / f"step-{step:08d}.png", 10 * step)
        write_evaluation(folder, step, kid=1 / step)
    (folder / "model").mkdir()
    (folder / "model" / "model.json").write_text(json.dumps(CARD))
    (folder / "summary.json").write_text(json.dumps({"step": 8}))
    return root


@pytest.fixture
def run_folder(whole_run, tmp_path, monkeypatch):
    """A finished run of 8 steps with two evaluations, below the current folder, where its data are."""
    shutil.copytree(whole_run, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs" / "mine"


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A headless Chromium; tests that want one are skipped where it is not installed."""
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    missing = [name for name, path in programs.items() if path is None]
    if missing:
        pytest.skip(f"needs a browser: {' and '.join(missing)} not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = programs["chromium"]
    for word in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-sync",
        "disable-background-networking",
        "disable-component-update",
        f"user-data-dir={tmp_path_factory.mktemp('browser')}",
    ):
        options.add_argument(f"--{word}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(programs["chromedriver"]))
    yield driver
    driver.quit()

import re
import shutil

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.errors import OutputError
from cyclegan_tf.reports import run_report
from cyclegan_tf.reports.run_report import write_report


def text_of(folder, **options):
    return write_report(folder, **options).read_text()


def section(text, name):
    return re.search(rf'<section id="{name}">.*?</section>', text, re.DOTALL)[0]


def test_the_page_is_in_the_folder_of_the_run_and_small(run_folder):
    page = write_report(run_folder)
    assert page == run_folder / "report.html"
    assert page.stat().st_size < 2_000_000


def test_a_run_that_was_trained_has_its_losses_samples_and_versions(tiny_run, tmp_path):
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_run, folder)
    text = text_of(folder, check_pictures=True)
    assert "Cycle loss" in section(text, "losses") and "Learning rate" in section(text, "losses")
    assert 'max="1"' in section(text, "samples")
    assert "no evaluation" in section(text, "measures")
    assert "tensorflow" in section(text, "environment")
    assert "No two pictures are equal" in section(text, "data")


def test_measures_are_of_the_last_evaluation(run_folder):
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", section(text_of(run_folder), "measures"))
    place = cells.index("KID (net)")
    assert cells[place - 1 : place + 6] == ["A to B", "KID (net)", "0.125", "0.01", "–", "lower", "8"]


def test_the_page_stays_small_however_long_the_run(run_folder, monkeypatch):
    monkeypatch.setattr(run_report, "SAMPLE_SIZE", {"most_side": 64, "most_bytes": 2000})
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 90, 3), dtype=np.uint8))
    for step in range(10, 110):
        noise.save(run_folder / "samples" / f"step-{step:08d}.png", compress_level=0)
    samples = section(text_of(run_folder), "samples")
    assert "24 of 102 steps, evenly chosen" in samples
    assert len(samples) < 26 * 2000 * 4 / 3 + 10_000


def test_changed_keys_stand_beside_their_defaults(run_folder):
    configuration = section(text_of(run_folder), "configuration")
    assert re.search(r"train.learning_rate</th><td>0.0005</td><td>0.0002", configuration)


def test_only_a_full_check_speaks_of_equal_pictures(run_folder):
    shutil.copy("data/trainA/0.png", "data/trainB/5.png")
    assert "also finds damage and equal pictures" in section(text_of(run_folder), "data")
    checked = section(text_of(run_folder, check_pictures=True), "data")
    assert "Groups of equal pictures: 1" in checked and "in both domains" in checked


def test_a_run_with_nothing_but_its_configuration_has_a_page(run_folder):
    for path in run_folder.iterdir():
        if path.name != "config.yaml":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    text = text_of(run_folder)
    assert "no sample pictures" in text and "Nothing has been logged" in text and "no model yet" in text


def test_a_name_that_is_html_is_only_a_name(run_folder):
    folder = run_folder.with_name("<script>alert(1)")
    run_folder.rename(folder)
    text = text_of(folder)
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text


def test_a_page_that_cannot_be_written_is_an_error(run_folder):
    (run_folder / "report.html").mkdir()
    with pytest.raises(OutputError, match="report.html"):
        write_report(run_folder)

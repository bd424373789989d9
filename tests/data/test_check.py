import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.data.check import suggest_preset
from cyclegan_tf.data.survey import Finding
from cyclegan_tf.training.check_data import check_data

SMALL = ("data.preprocess=crop", "data.crop_size=48")


def noise(seed, size=(64, 64)):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def data(tmp_path):
    """Two good pictures in each of the four folders, no two alike."""
    parts = ("trainA", "trainB", "testA", "testB")
    for seed, (part, name) in enumerate((part, name) for part in parts for name in "ab"):
        save(tmp_path / "data" / part / f"{name}.png", noise(seed))
    return tmp_path / "data"


def report_of(data, *options, quick=False):
    """A report without the estimate, which takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cyclegan_tf.training.check_data._estimate", lambda *_: None)
        return check_data(load_config(None, [f"data.root={data}", *SMALL, *options]), quick=quick)


def test_a_good_data_set_has_neither_errors_nor_warnings(data):
    report = report_of(data)
    assert (report.errors, report.warnings, report.duplicates) == ([], [], [])
    assert list(report.folders) == ["trainA", "trainB", "testA", "testB"]
    assert all(folder.count == 2 and folder.modes == {"RGB": 2} for folder in report.folders.values())


def test_sizes_are_written_as_width_and_height(data):
    save(data / "trainA/c.png", noise(20, (50, 70)))
    save(data / "trainA/d.png", noise(21, (100, 90)))
    folder = report_of(data).folders["trainA"]
    assert (folder.smallest, folder.median, folder.largest) == ("70x50", "64x64", "90x100")
    assert folder.num_sizes == 3


def test_folders_without_tests_are_enough(data):
    for part in ("testA", "testB"):
        shutil.rmtree(data / part)
    assert list(report_of(data).folders) == ["trainA", "trainB"]


def test_tests_may_lie_elsewhere(data, tmp_path):
    save(tmp_path / "held_out/a.png", noise(30))
    report = report_of(data, f"data.test_a={tmp_path / 'held_out'}")
    assert report.folders["testA"].count == 1


def test_several_sizes_are_an_error_where_nothing_is_cropped(data):
    save(data / "trainA/other.png", noise(9, (64, 96)))
    report = report_of(data, "data.preprocess=none")
    assert report.errors == ["pictures of 2 sizes, where data.preprocess = none needs a single one"]


@pytest.mark.parametrize(("num_bad", "stops"), [(1, False), (2, True)])
def test_up_to_one_percent_may_be_skipped(data, num_bad, stops):
    for number in range(100 - num_bad - 8):
        save(data / f"trainA/good{number}.png", noise(100 + number, (48, 48)))
    for number in range(num_bad):
        (data / f"trainA/bad{number}.png").write_bytes(b"")
    report = report_of(data, "data.on_bad_image=skip")
    assert bool(report.errors) is stops
    assert any("skipped" in text for text in report.warnings) is not stops


PLACES = {
    "within_a_folder": ("trainA/x.png", "trainA/y.png"),
    "across_domains": ("trainA/x.png", "trainB/x.png"),
    "train_and_test": ("trainA/x.png", "testA/x.png"),
}


@pytest.mark.parametrize("kind", PLACES)
def test_equal_pixels_are_found_whatever_the_format(data, kind):
    first, second = (data / place for place in PLACES[kind])
    save(first, noise(50))
    Image.fromarray(noise(50)).save(second, "BMP")
    report = report_of(data)
    (group,) = report.duplicates
    assert {key: getattr(group, key) for key in PLACES} == {key: key == kind for key in PLACES}
    assert sorted(name for names in group.files.values() for name in names) == sorted(
        [str(first), str(second)]
    )
    assert any(f"{first} = {second}" in text for text in report.warnings)


def test_flat_and_grey_pictures_are_warned_of(data):
    save(data / "trainA/flat.png", np.full((64, 64, 3), (9, 80, 7), np.uint8))
    save(data / "trainB/grey.png", np.repeat(noise(9)[..., :1], 3, axis=-1))
    report = report_of(data)
    assert report.folders["trainA"].flat == [str(data / "trainA/flat.png")]
    assert report.folders["trainB"].num_grey_as_rgb == 1
    assert report.warnings == [
        "1 picture of a single colour; --json names them",
        "1 of 5 pictures of domain B are grey, 1 of them stored as RGB; is that meant?",
    ]


def test_wide_pictures_without_a_range_are_warned_of(data):
    Image.fromarray(noise(9)[..., 0].astype(np.uint16) * 16).save(data / "trainA/wide.png")
    (text,) = [text for text in report_of(data).warnings if "16-bit" in text]
    assert text.startswith("1 16-bit picture of domain A will be mapped from 0 to 65535; data.range_a = ")
    assert not [text for text in report_of(data, "data.range_a=[0,4095]").warnings if "16-bit" in text]


def test_what_the_files_store_is_counted(data):
    Image.new("CMYK", (64, 64)).save(data / "trainA/c.tif")
    Image.new("RGBA", (64, 64)).save(data / "trainA/d.png")
    Image.new("P", (64, 64)).save(data / "trainA/e.png")
    modes = report_of(data).folders["trainA"].modes
    assert modes == {"RGB": 2, "CMYK": 1, "alpha": 1, "palette": 1}


def test_squashing_and_enlarging_are_warned_of(data):
    save(data / "trainA/wide.png", noise(9, (64, 96)))
    options = ("data.preprocess=resize_and_crop", "data.load_size=80", "data.crop_size=64")
    assert [text.split(";")[0] for text in report_of(data, *options).warnings] == [
        "1 picture will be squashed to a square",
        "9 pictures will be enlarged to data.load_size = 80",
    ]


def test_a_quick_look_reads_headers_alone(data):
    path = data / "trainA/cut.png"
    save(path, noise(9))
    path.write_bytes(path.read_bytes()[:-500])
    save(data / "trainB/same.png", noise(0))
    report = report_of(data, quick=True)
    assert (report.errors, report.duplicates, report.estimate) == ([], [], None)
    assert "equal pictures" not in str(report)


def test_a_quick_look_needs_no_tensorflow(data):
    code = (
        "import sys\n"
        "from cyclegan_tf.training.check_data import check_data\n"
        "from cyclegan_tf.config.loading import load_config\n"
        f"check_data(load_config('demo', ['data.root={data}']), quick=True)\n"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("side", "has_gpu", "preset"),
    [
        (256, True, "paper-256"),
        (256, False, "cpu-128"),
        (64, True, "demo"),
        (64, None, "demo"),
        (256, None, "cpu-128"),
    ],
)
def test_the_suggested_preset_suits_the_pictures_and_the_machine(side, has_gpu, preset):
    assert suggest_preset({"trainA": [Finding("x", (side, 2 * side))]}, has_gpu).startswith(preset)


def test_the_command_estimates_what_the_training_takes(data, command, tiny_options):
    result = command("check-data", data, *tiny_options, "--json")
    assert result.exit_code == 0, result.stderr
    estimate = json.loads(result.stdout)["estimate"]
    assert estimate["num_steps"] == 4
    assert 0 < estimate["seconds_per_step"] < 60
    assert 2**28 < estimate["memory_bytes"] < 2**33


def test_the_command_prints_a_table(data, command):
    result = command("check-data", data, "--config", "demo", "--quick")
    assert result.exit_code == 0
    header, first = result.stdout.splitlines()[:2]
    assert header.split()[:4] == ["pictures", "unusable", "sizes", "smallest"]
    assert first.split() == ["trainA", "2", "0", "1", "64x64", "64x64", "64x64", "RGB", "2"]
    assert result.stdout.isascii()


@pytest.mark.parametrize("quick", [False, True])
def test_pictures_of_kinds_that_are_not_read_are_counted_and_named(data, quick):
    (data / "trainA" / "c.jxl").write_bytes(b"\xff\x0a".ljust(100, b"\0"))
    report = report_of(data, quick=quick)
    assert report.folders["trainA"].count == 3
    ((name, reason),) = report.folders["trainA"].unusable["of a kind that is not read here"]
    assert (name, reason) == (str(data / "trainA" / "c.jxl"), "JPEG XL: convert it to PNG or JPEG")
    assert "JPEG XL: convert it" in str(report)
    assert "1 picture cannot be used" in report.errors


def test_other_colour_profiles_are_counted_and_said(data, display_p3):
    Image.fromarray(noise(30)).save(data / "trainB" / "c.png", icc_profile=display_p3)
    report = report_of(data)
    assert list(report.folders["trainB"].profiles.values()) == [1]
    assert [text for text in report.warnings if "1 of 5 pictures of domain B have another colour" in text]

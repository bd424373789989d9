"""The command `video` as a user types it."""

import json
import subprocess
import sys

import imageio.v3 as imageio
import numpy as np
import pytest

import video
from cyclegan_tf.models import bundled
from cyclegan_tf.models.card import ModelCard
from cyclegan_tf.models.folder import save_model
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import GeneratorSpec

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow_generators")]


@pytest.fixture
def run_video(command, tiny_run):
    """Runs `cyclegan-tf video` with the tiny model."""
    return lambda *arguments: command("video", *arguments, "--model", tiny_run, "--batch-size", "2")


def lines_of(result):
    return dict(line.split(": ", 1) for line in result.stdout.splitlines() if ": " in line)


def test_the_report_says_what_was_read_written_copied_and_verified(run_video, clip, tmp_path):
    result = run_video(clip, tmp_path / "out.mp4")
    assert result.exit_code == 0, result.stderr
    said = lines_of(result)
    assert "48x32, 6 of 6 frames, 0.60 s" in result.stdout
    assert said["stream 1"] == "audio aac und: copied"
    assert said["encoder"].startswith("libx264 yuv420p")
    assert said["verified"] == "6 frames, times within 0 ms, 1 other stream, every packet"
    assert {"busy", "bottleneck", "model"} <= set(said)


@pytest.mark.parametrize(
    ("options", "times"),
    [
        (("--start", "0.1", "--end", "0:0.4"), [0, 0.1, 0.2]),
        (("--fps", "5", "--compare", "side-by-side"), [0, 0.2, 0.4]),
    ],
    ids=["part", "rate"],
)
def test_a_part_another_rate_and_a_comparison_are_a_matter_of_an_option(
    run_video, clip, tmp_path, options, times
):
    result = run_video(clip, tmp_path / "out.mp4", *options)
    assert result.exit_code == 0, result.stderr
    found = list(video.read_clip(tmp_path / "out.mp4"))
    assert [float(seconds) for _, seconds in found] == pytest.approx(times)
    assert found[0][0].shape == (32, 96 if "--compare" in options else 48, 3)


def test_an_encoder_is_chosen_with_its_options(run_video, clip, tmp_path):
    result = run_video(
        *(clip, tmp_path / "out.mkv", "--codec", "h264", "--encoder-preset", "ultrafast", "--crf", "30"),
        *("--encoder-option", "g=2"),
    )
    assert result.exit_code == 0, result.stderr
    encoder = lines_of(result)["encoder"]
    assert encoder.startswith("libx264")
    assert {"preset=ultrafast", "crf=30", "g=2"} <= set(encoder.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--encoder-option", "tuen=film"), "tune"),
        (("--encoder-option", "tune"), "KEY=VALUE"),
        (("--encoder-preset", "meduim"), "medium"),
        (("--crf", "99"), "51"),
        (("--codec", "h265x"), "h265"),
        (("--start", "soon"), "--start 12.5"),
        (("--fps", "fast"), "--fps 25"),
        (("--start", "3", "--end", "2"), "end is not after the start"),
        (("--fps", "0"), "rate is out of range"),
        (("--quality", "best"), "lossless"),
        (("--steady", "very"), "--steady auto"),
        (("--steady", "1"), "less than 1"),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else None,
)
def test_an_option_that_cannot_be_is_refused_before_the_model_is_loaded(
    run_video, clip, tmp_path, options, said
):
    result = run_video(clip, tmp_path / "out.mp4", *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "starting TensorFlow" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_prints_the_plan_with_the_time_and_writes_nothing(run_video, clip, tmp_path):
    result = run_video(clip, tmp_path / "out.webm", "--dry-run")
    assert result.exit_code == 0, result.stderr
    said = lines_of(result)
    assert "mp4, 48x32, 6 frames, 0.60 s, 10.000 frames/s" in result.stdout
    assert said["stream 1"] == "audio aac und: converted (opus)"
    assert "for 6 frames" in said["time"]
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_without_a_model_prints_the_plan_without_the_time(command, clip, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    result = command("video", clip, "out.mp4", "--dry-run")
    assert result.exit_code == 0, result.stderr
    assert "6 frames" in result.stdout
    assert "time" not in lines_of(result)


def test_a_dry_run_as_json_is_nothing_but_json(run_video, clip, tmp_path):
    plan = json.loads(run_video(clip, tmp_path / "out.mp4", "--dry-run", "--json").stdout)
    assert (plan["width"], plan["height"], plan["frames"], plan["batch_size"]) == (48, 32, 6, 2)
    assert plan["predicted_seconds"] == pytest.approx(6 * plan["seconds_a_frame"])


def test_a_preview_is_one_picture_of_stills_side_by_side(run_video, clip, tmp_path):
    result = run_video(clip, tmp_path / "out.mp4", "--preview")
    assert result.exit_code == 0, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out.preview.png"]
    picture = imageio.imread(tmp_path / "out.preview.png")
    assert picture.shape == (5 * 32, 48 + 8 + 48, 3)
    shown = [pixels for pixels, _ in video.read_clip(clip)][1:]
    for row, pixels in enumerate(shown):
        np.testing.assert_array_equal(picture[32 * row : 32 * (row + 1), :48], pixels)
    assert "5 stills" in result.stdout
    assert "for 6 frames" in result.stdout


def test_progress_as_json_is_a_line_for_each_sign_of_life(run_video, clip, tmp_path):
    result = run_video(clip, tmp_path / "out.mp4", "--progress", "json")
    lines = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
    assert lines[-1]["frames"] == lines[-1]["total"] == 6
    assert {"stage", "frames_per_second", "eta_seconds"} <= set(lines[-1])


def test_a_model_of_other_channels_is_refused_for_clips(command, clip, tmp_path):
    spec = GeneratorSpec("resnet_6blocks", input_channels=1, output_channels=1, width=2)
    save_model(tmp_path / "m", {"ab": build_generator(spec, "grey")}, ModelCard({"ab": spec}, (32, 32)))
    result = command("video", clip, tmp_path / "out.mp4", "--model", tmp_path / "m")
    assert result.exit_code == 5
    assert "the model is not for clips" in result.stderr
    assert "expected 3 channels in and out; found 1 in and 1 out" in result.stderr
    assert not (tmp_path / "out.mp4").exists()


def test_pipes_are_read_and_written(clip, tiny_run, tmp_path):
    code = "from cyclegan_tf.networks import specs; specs.RESNET_BLOCKS['resnet_6blocks'] = 1\n"
    code += "from cyclegan_tf.cli.app import main; main()"
    command = [sys.executable, "-c", code, "video", "-", "-", "--model", str(tiny_run), "--batch-size", "2"]
    with clip.open("rb") as file:
        process = subprocess.run(command, stdin=file, capture_output=True, check=False, timeout=120)
    assert process.returncode == 0, process.stderr
    (tmp_path / "out.mkv").write_bytes(process.stdout)
    assert len(list(video.read_clip(tmp_path / "out.mkv"))) == 6
    assert b"6 of 6 frames" in process.stderr


@pytest.fixture
def folder(clip, tmp_path):
    """Two good clips, one bad, and something else."""
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    for path in (folder / "one.mp4", folder / "deep" / "two.mp4"):
        path.write_bytes(clip.read_bytes())
    (folder / "bad.mp4").write_bytes(b"nothing of note")
    (folder / "notes.txt").write_text("no clip")
    return folder


def test_a_folder_is_mirrored_and_a_bad_clip_stops_no_other(run_video, folder, tmp_path):
    result = run_video(folder, tmp_path / "out")
    assert result.exit_code == 4
    assert len(list(video.read_clip(tmp_path / "out" / "deep" / "two.mp4"))) == 6
    assert (tmp_path / "out" / "one.mp4").is_file()
    assert not (tmp_path / "out" / "bad.mp4").exists()
    assert "not a supported video" in result.stderr
    assert result.stdout.splitlines()[-1] == "2 translated, 0 finished before, 1 failed"


def test_what_is_finished_is_passed_over_the_next_time(run_video, folder, tmp_path):
    run_video(folder, tmp_path / "out")
    (folder / "bad.mp4").unlink()
    result = run_video(folder, tmp_path / "out")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "0 translated, 2 finished before, 0 failed"


def test_a_pattern_takes_what_it_fits(run_video, folder, tmp_path):
    result = run_video(f"{folder}/o*.mp4", tmp_path / "out", "--json")
    assert [entry["status"] for entry in json.loads(result.stdout)["clips"]] == ["translated"]


def test_masks_from_outside_belong_to_one_clip(run_video, clip, tmp_path):
    result = run_video(clip.parent, tmp_path / "out", "--masks", tmp_path)
    assert result.exit_code == 2
    assert "--masks belong to one clip" in result.stderr


def test_black_masks_from_outside_keep_the_clip(run_video, clip, tmp_path):
    (tmp_path / "masks").mkdir()
    for number in range(6):
        imageio.imwrite(tmp_path / "masks" / f"{number}.png", np.zeros((32, 48), np.uint8))
    result = run_video(clip, tmp_path / "out.mkv", "--masks", tmp_path / "masks", "--quality", "lossless")
    assert result.exit_code == 0, result.stderr
    for before, after in zip(imageio.imiter(clip), imageio.imiter(tmp_path / "out.mkv"), strict=True):
        # Noise, whose colours are stored at half the resolution.
        assert np.abs(before.astype(int) - after).mean() < 10

import csv
import os
import weakref
from fractions import Fraction

import cv2
import numpy as np
import pytest
from PIL import Image

import video
from video.core.frames import Frame, Picture
from video.core.options import Options
from video.pictures.files import count_frames
from video.pictures.sequence import SequenceSource
from video.pictures.sequence_survey import probe_sequence
from video.pictures.sequence_writing import check_sequence, write_sequence


@pytest.mark.parametrize("suffix", ["png", "tif", "tiff", "webp"])
def test_pictures_are_written_without_loss_and_numbered_from_one(
    tmp_path, draw, only_files, suffix, clip, frames_of
):
    pictures = list(draw(3))
    written = write_sequence(
        tmp_path, f"f_%03d.{suffix}", iter(frames_of(pictures)), clip(), quality="lossless"
    )
    assert written == 3
    assert only_files(tmp_path) == sorted(
        [f"f_{number:03d}.{suffix}" for number in (1, 2, 3)] + ["frames.csv"]
    )
    for number, picture in enumerate(pictures, start=1):
        with Image.open(tmp_path / f"f_{number:03d}.{suffix}") as found:
            np.testing.assert_array_equal(np.asarray(found), picture)


def test_the_times_are_written_beside_the_pictures(tmp_path, draw, clip, frames_of):
    times = [1000, 1100, 1140, 1440, 1490, 2190]
    write_sequence(tmp_path, "%d.png", iter(frames_of(draw(5), times)), clip(), quality="high")
    with open(tmp_path / "frames.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["1.png", "2.png", "3.png", "4.png", "5.png"]
    assert [row["seconds"] for row in rows] == ["1.000000", "1.100000", "1.140000", "1.440000", "1.490000"]
    assert rows[-1]["duration_seconds"] == "0.700000"


@pytest.mark.parametrize(
    "time_base, times",
    [
        (Fraction(1, 1000), [0, 33, 66, 133, 400, 1160]),
        (Fraction(1001, 30000), [0, 1, 2, 3, 4, 5]),
        (Fraction(1, 25), [0, 1, 2, 3, 4, 5]),
    ],
)
def test_a_variable_rate_survives_a_folder_of_pictures(tmp_path, draw, time_base, times, clip, frames_of):
    frames = frames_of(draw(5), times)
    write_sequence(tmp_path, "%05d.png", iter(frames), clip(time_base=time_base), quality="high")
    source = probe_sequence(tmp_path, Options())
    with SequenceSource(source, Options()) as sequence:
        for old, new in zip(frames, sequence.frames(lambda index: True), strict=True):
            assert new.pts * sequence.clip.time_base == old.pts * time_base
            assert new.duration * sequence.clip.time_base == old.duration * time_base
            np.testing.assert_array_equal(new.picture.pixels, old.picture.pixels)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_sixteen_bits_are_written_where_they_are_kept(tmp_path, suffix, has_alpha, clip, frames_of):
    samples = np.random.default_rng(0).integers(0, 65536, (64, 96, 3), dtype=np.uint16)
    pixels = ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)
    residual = (samples - pixels.astype(int) * 257).astype(np.int16)
    alpha = np.arange(64 * 96, dtype=np.uint16).reshape(64, 96).astype(np.uint8) if has_alpha else None
    about = clip(depth=16, has_alpha=has_alpha)
    frames = frames_of([Picture(pixels, alpha, residual)])
    write_sequence(tmp_path, f"%d{suffix}", iter(frames), about, quality="high")
    found = cv2.imread(str(tmp_path / f"1{suffix}"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(found[..., 2::-1], samples)
    if has_alpha:
        np.testing.assert_array_equal(found[..., 3], alpha.astype(int) * 257)


@pytest.mark.parametrize("suffix", ["png", "webp", "tif"])
def test_alpha_is_written(tmp_path, draw, suffix, clip, frames_of):
    alpha = np.tile(np.array([255, 200, 64, 0], np.uint8), (64, 24))
    frames = frames_of([Picture(next(draw(1)), alpha)])
    write_sequence(tmp_path, f"%d.{suffix}", iter(frames), clip(has_alpha=True), quality="lossless")
    with Image.open(tmp_path / f"1.{suffix}") as found:
        assert found.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(found)[..., 3], alpha)


def test_what_pictures_cannot_hold_is_reported_before(clip):
    deep = clip(depth=16, has_alpha=True)
    assert check_sequence("%d.png", deep, "lossless") == []
    assert check_sequence("%d.webp", deep, "high") == ["Pictures in .webp have 8 bits per sample."]
    said = " ".join(check_sequence("%d.jpg", deep, "lossless"))
    for word in ("8 bits", "composited on white", "not lossless"):
        assert word in said


@pytest.mark.parametrize("name", ["out.png", "%d_%d.png", "%d.gif", "%d"])
def test_names_that_are_not_a_pattern_of_pictures_are_refused(name, clip):
    with pytest.raises(video.UsageError, match="is not a pattern of|does not name a kind of picture: "):
        check_sequence(name, clip(), "high")


def test_a_full_disk_is_explained(tmp_path, draw, clip, frames_of):
    os.symlink("/dev/full", tmp_path / "2.png")
    with pytest.raises(video.OutputError, match="not enough disk space: .*2.png"):
        write_sequence(tmp_path, "%d.png", iter(frames_of(draw(3))), clip(), quality="high")


def test_a_table_that_cannot_be_written_is_explained(tmp_path, draw, clip, frames_of):
    os.symlink("/dev/full", tmp_path / "frames.csv")
    with pytest.raises(video.OutputError, match="not enough disk space: .*frames.csv"):
        write_sequence(tmp_path, "%d.png", iter(frames_of(draw(1))), clip(), quality="high")


def test_percent_signs_in_a_name_are_written_and_found_again(tmp_path, draw, only_files, clip, frames_of):
    write_sequence(tmp_path, "100%_%%d_%03d.png", iter(frames_of(draw(2))), clip(), quality="high")
    assert only_files(tmp_path) == ["100%_%d_001.png", "100%_%d_002.png", "frames.csv"]
    assert probe_sequence(tmp_path / "100%_%%d_%03d.png", Options()).frames_total == 2


def test_no_more_than_a_few_frames_are_in_memory(tmp_path, draw, clip):
    given, most = [], []

    def stream():
        for index, picture in enumerate(draw(12)):
            frame = Frame(index, Picture(picture), 40 * index, 40)
            given.append(weakref.ref(frame.picture))
            most.append(sum(held() is not None for held in given))
            yield frame

    assert write_sequence(tmp_path, "%d.png", stream(), clip(), quality="high") == 12
    assert max(most) <= 3


@pytest.fixture
def written(tmp_path, draw, clip, frames_of):
    """A folder of three pictures and their times."""
    write_sequence(tmp_path, "%d.png", iter(frames_of(draw(3), [0, 100, 140, 440])), clip(), quality="high")
    return tmp_path


def test_what_was_written_can_be_counted(written):
    assert count_frames(written) == (3, (Fraction(1, 10), Fraction(4, 100), Fraction(3, 10)))


@pytest.mark.parametrize(
    "harm, reason",
    [
        (lambda folder: (folder / "2.png").write_bytes(b""), "2.png is damaged: .*\nthe file is empty"),
        (lambda folder: (folder / "frames.csv").unlink(), "does not fit the pictures: .*\nit is missing"),
        (lambda folder: (folder / "3.png").rename(folder / "4.png"), "\nit does not name 4.png"),
        (lambda folder: (folder / "3.png").unlink(), "\nit names 3 pictures; there are 2"),
    ],
)
def test_a_missing_file_or_row_is_named(written, harm, reason):
    harm(written)
    with pytest.raises(video.MediaError, match=reason):
        count_frames(written)

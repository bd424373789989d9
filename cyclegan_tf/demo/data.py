"""Data of the demo: folders of drawn pictures to train on, and a clip with sound."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cyclegan_tf.data.scenes import SUPERSAMPLING, draw_scene, draw_supersampled, shrink
from cyclegan_tf.errors import OutputError
from cyclegan_tf.images.writing import Output, write_output

_PAN_STEP = 5
"""Supersampled pixels per frame. It is a whole number, so that a slice of the drawing is an exact frame."""

_TUNE = (0, 7, 12, 16, 14, 12, 7, 4, -3, 4, 9, 12, 11, 7, 4, 2)
"""Semitones above middle C."""
_NOTE_SECONDS = 0.3
_MIDDLE_C_HERTZ = 261.63


def write_demo_data(folder, *, num_train: int = 150, num_test: int = 16, size: int = 64, seed: int = 0):
    """Write trainA and testA (summer), trainB and testB (winter) as PNG, named by the seeds of their scenes.

    trainA, trainB and the test sets have no scene in common. testA and testB have the same scenes under the
    same names, so that a translation can be compared with the truth.

    Args:
        folder: output folder; created if missing, otherwise it must be empty.
        num_train: number of pictures in each of trainA and trainB.
        num_test: number of pictures in each of testA and testB.
        size: height and width in pixels.
        seed: seed of the first scene; the others have the seeds that follow.

    Raises:
        OutputError: the folder is not empty.
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise OutputError(f"the demo's folder is not empty: {folder}", fix="name a new folder, or empty it")
    test_seeds = range(seed + 2 * num_train, seed + 2 * num_train + num_test)
    splits = {
        "trainA": ("summer", range(seed, seed + num_train)),
        "trainB": ("winter", range(seed + num_train, seed + 2 * num_train)),
        "testA": ("summer", test_seeds),
        "testB": ("winter", test_seeds),
    }
    for name, (season, scene_seeds) in splits.items():
        (folder / name).mkdir(parents=True)
        for scene_seed in scene_seeds:
            picture = draw_scene(scene_seed, season, width=size, height=size, unit=size)
            write_output(folder / name / f"scene_{scene_seed:06d}.png", Output(picture))


def pan_frames(
    seed: int, season: str = "summer", *, num_frames: int = 48, width: int = 128, height: int = 96
) -> Iterator[np.ndarray]:
    """Yield the frames of a camera that pans right by 1.25 pixels per frame over one wide scene.

    Objects are as large as in the 64-pixel training pictures. The motion is the same in both seasons.

    Yields:
        RGB, uint8 (height, width, 3).
    """
    travel = -(-_PAN_STEP * (num_frames - 1) // SUPERSAMPLING)
    panorama = draw_supersampled(seed, season, width=width + travel, height=height)
    for start in range(0, num_frames * _PAN_STEP, _PAN_STEP):
        yield shrink(panorama[:, start : start + width * SUPERSAMPLING])


def melody(duration_seconds: float, sample_rate: int = 44100) -> np.ndarray:
    """Return a plucked tune of 4.8 seconds that repeats for the whole duration and fades out at its end.

    Returns:
        One channel, float32 (round(duration_seconds * sample_rate),) in [-1, 1].
    """
    sound = np.zeros(round(duration_seconds * sample_rate))
    age = np.arange(round(1.5 * sample_rate)) / sample_rate
    envelope = 0.35 * np.minimum(age / 0.01, 1) * np.exp(-5 * age)
    starts = np.arange(0, sound.size, round(_NOTE_SECONDS * sample_rate))
    for start, semitones in zip(starts, np.resize(_TUNE, starts.size)):
        phase = 2 * np.pi * _MIDDLE_C_HERTZ * 2 ** (semitones / 12) * age
        note = envelope * (np.sin(phase) + 0.3 * np.sin(2 * phase))
        sound[start : start + note.size] += note[: sound.size - start]
    fade = np.minimum(np.arange(sound.size, 0, -1) / (0.2 * sample_rate), 1)
    return np.clip(sound * fade, -1, 1).astype(np.float32)

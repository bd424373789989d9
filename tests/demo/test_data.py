import cv2
import imageio.v3 as imageio
import numpy as np
import pytest

from cyclegan_tf.data.scenes import SEASONS, draw_scene
from cyclegan_tf.demo.data import melody, pan_frames, write_demo_data
from cyclegan_tf.errors import OutputError
from cyclegan_tf.measures.psnr import psnr


def edges(picture):
    """Returns the strength of edges, independent of the colours."""
    blurred = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1)
    down, right = np.gradient(blurred, axis=(0, 1))
    return np.sqrt((down**2 + right**2).sum(axis=-1)).ravel()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo_data(folder, num_train=5, num_test=3, size=32, seed=40)
    return folder


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_training_scenes_are_unpaired_and_test_scenes_paired_and_held_out(demo):
    train_a, train_b, test_a, test_b = (names(demo / part) for part in ("trainA", "trainB", "testA", "testB"))
    assert [len(train_a), len(train_b), len(test_a)] == [5, 5, 3]
    assert not train_a & train_b and not test_a & (train_a | train_b)
    assert test_a == test_b


@pytest.mark.parametrize(
    ("split", "season"),
    [("trainA", "summer"), ("trainB", "winter"), ("testA", "summer"), ("testB", "winter")],
)
def test_a_picture_is_the_scene_that_its_name_says(demo, split, season):
    for path in (demo / split).iterdir():
        seed = int(path.stem.removeprefix("scene_"))
        truth = draw_scene(seed, season, width=32, height=32, unit=32)
        np.testing.assert_array_equal(imageio.imread(path), truth)


def test_a_folder_in_use_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty: .*\nfix: name a new folder"):
        write_demo_data(tmp_path, num_train=1, num_test=1)
    assert names(tmp_path) == {"mine.txt"}


@pytest.mark.parametrize("num_frames", [0, 1, 5])
def test_a_pan_has_the_requested_number_of_frames(num_frames):
    frames = list(pan_frames(2, num_frames=num_frames, width=80, height=48))
    assert [(frame.shape, frame.dtype) for frame in frames] == num_frames * [((48, 80, 3), np.uint8)]


def test_consecutive_frames_differ_a_little():
    frames = np.stack(list(pan_frames(2, num_frames=8))).astype(float)
    steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
    assert 0.5 < steps.min() <= steps.max() < 1.3 * steps.min()


def test_four_frames_move_by_exactly_five_pixels():
    frames = list(pan_frames(2, num_frames=9))
    np.testing.assert_array_equal(frames[4][:, :-5], frames[0][:, 5:])
    np.testing.assert_array_equal(frames[8][:, :-5], frames[4][:, 5:])


def test_a_frame_moves_by_a_fraction_of_a_pixel():
    first, second = list(pan_frames(2, num_frames=2))
    matrix = np.array([[1, 0, -1.25], [0, 1, 0]])
    moved = cv2.warpAffine(first, matrix, first.shape[1::-1])[:, :-2]
    moved, still, second = moved[None], first[None, :, :-2], second[None, :, :-2]
    assert psnr(moved, second) > psnr(still, second) + 5


def test_both_seasons_pan_over_the_same_scene():
    summer, winter = (list(pan_frames(2, season, num_frames=3))[-1] for season in SEASONS)
    assert np.corrcoef(edges(summer), edges(winter))[0, 1] > 0.6


@pytest.mark.parametrize(("duration_seconds", "sample_rate"), [(6, 44100), (1.5, 8000), (0, 8000)])
def test_a_melody_has_its_duration_stays_in_range_and_fades_out(duration_seconds, sample_rate):
    sound = melody(duration_seconds, sample_rate)
    assert (sound.shape, sound.dtype) == ((round(duration_seconds * sample_rate),), np.float32)
    assert not len(sound) or 0.2 < np.abs(sound).max() < 1
    assert np.abs(sound[-20:]).max(initial=0) < 0.01


def test_a_melody_is_never_silent_before_its_end():
    loudness = np.abs(melody(6, 8000)).reshape(-1, 800).max(axis=1)
    assert loudness[:-2].min() > 0.05

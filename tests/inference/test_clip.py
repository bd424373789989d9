import numpy as np
import pytest
import tensorflow as tf

import video
from cyclegan_tf.errors import ModelError
from cyclegan_tf.inference import clip
from cyclegan_tf.inference.clip import FrameTranslator, translate_clip
from cyclegan_tf.inference.translator import NonFinitePicture, Translator
from video.plan import plan_video

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A clip of five frames of a size that no stride divides."""
    path = tmp_path_factory.mktemp("clips") / "in.mp4"
    frames = np.random.default_rng(0).integers(0, 256, (5, 34, 46, 3), dtype=np.uint8)
    video.write_clip(path, frames, 10)
    return path


@pytest.fixture
def display(monkeypatch):
    """Notes what is shown as progress."""

    class Display:
        def __init__(self):
            self.counts, self.totals = [], []

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            self.closed = True

        def expect(self, total):
            self.totals.append(total)

        def advance(self, values=None, count=1):
            self.counts.append(count)

    display = Display()
    monkeypatch.setattr(clip, "progress_display", lambda *arguments, **options: display)
    return display


def frames_of(path):
    return np.stack([pixels for pixels, _ in video.read_clip(path)])


def difference(ones, others):
    """In brightness: video stores colours at half the resolution, and these generators make noise."""
    weights = [0.299, 0.587, 0.114]
    return np.abs(ones @ weights - others @ weights).mean()


def translated(source, target, run, direction="ab", **options):
    translator = FrameTranslator(run / "model", direction)
    plan = plan_video(source, target, video.Options(batch_size=2, **options))
    return translate_clip(plan, translator)


@pytest.mark.parametrize("direction", ["ab", "ba"])
def test_every_frame_is_translated_in_the_direction_asked_for(source, tiny_run, tmp_path, direction):
    target = tmp_path / "out.mp4"
    report = translated(source, target, tiny_run, direction, crf=0)
    assert report.frames_written == 5
    expected = Translator.load(tiny_run, direction)(frames_of(source))
    other = Translator.load(tiny_run, "ba" if direction == "ab" else "ab")(frames_of(source))
    assert difference(frames_of(target), expected) < difference(frames_of(target), other) / 2


def test_frames_in_strips_are_those_of_whole_frames(tiny_run, source):
    whole, strips = (FrameTranslator(tiny_run / "model", "ab", tile=tile) for tile in (0, 8))
    frames = frames_of(source).astype(np.uint8)
    assert np.abs(whole(frames).astype(int) - strips(frames)).max() <= 1
    # Either can go on with what the other has finished.
    assert whole.translation_id == strips.translation_id


def test_progress_counts_every_frame_once(source, tiny_run, tmp_path, display):
    translated(source, tmp_path / "out.mp4", tiny_run)
    assert sum(display.counts) == 5
    assert set(display.totals) <= {5, None}
    assert display.closed


def test_a_model_that_cannot_be_loaded_is_told(tmp_path):
    with pytest.raises(ModelError, match="not a model folder"):
        FrameTranslator(tmp_path, "ab")


def test_what_the_model_is_changes_with_its_direction_alone(tiny_run):
    one, again, other = (FrameTranslator(tiny_run / "model", way) for way in ("ab", "ab", "ba"))
    assert one.translation_id == again.translation_id
    assert one.translation_id != other.translation_id


@pytest.fixture
def failing(tiny_run, monkeypatch):
    """A function that gives a translator which fails in a given way."""

    def give(error):
        def fail(self, pictures):
            raise error

        monkeypatch.setattr(Translator, "__call__", fail)
        return FrameTranslator(tiny_run / "model", "ab")

    return give


def test_too_large_a_batch_is_a_memory_error(failing):
    error = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating a tensor\nand much more")
    with pytest.raises(MemoryError, match="^OOM when allocating a tensor$"):
        failing(error)(np.zeros((2, 8, 8, 3), np.uint8))


def test_output_that_is_not_finite_names_its_place(failing, tmp_path):
    with pytest.raises(video.FrameError, match="NaN") as caught:
        failing(NonFinitePicture(3, tmp_path))(np.zeros((4, 8, 8, 3), np.uint8))
    assert caught.value.place == 3

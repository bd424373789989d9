import numpy as np
import pytest

from video.core.errors import FrameError, MachineError, TranslationError
from video.core.frames import Frame, Picture
from video.pipeline import batching
from video.pipeline.batching import Batcher, find_batch_size
from video.pipeline.grouping import Grouping


def frame(index, value=None, alpha=None):
    pixels = np.full((4, 6, 3), index if value is None else value, np.uint8)
    return Frame(index, Picture(pixels, alpha), 10 * index, 10)


class Recorder:
    """A callable that turns every value around and notes what it was given."""

    def __init__(self, memory=1000):
        self.memory, self.calls = memory, []

    def __call__(self, pictures):
        if len(pictures) > self.memory:
            raise MemoryError("no room")
        self.calls.append([int(picture[0, 0, 0]) for picture in pictures])
        return 255 - pictures


def values(pairs):
    return [(before.index, int(after.picture.pixels[0, 0, 0])) for before, after in pairs]


@pytest.mark.parametrize("count, batch_size", [(1, 4), (4, 4), (6, 4), (9, 2), (5, 1)])
def test_the_callable_always_sees_full_batches_filled_with_the_last_picture(count, batch_size):
    translate = Recorder()
    pairs = list(Batcher(translate, batch_size, Grouping(100).group)(map(frame, range(count))))
    assert values(pairs) == [(index, 255 - index) for index in range(count)]
    given = [value for call in translate.calls for value in call]
    assert {len(call) for call in translate.calls} == {batch_size}
    assert given == [min(place, count - 1) for place in range(len(given))]
    assert len(given) - count < batch_size


def test_an_exact_repeat_is_translated_once_and_shown_each_time():
    translate = Recorder()
    batcher = Batcher(translate, 2, Grouping(100).group)
    shown = [5, 5, 5, 6, 6, 7, 5]
    pairs = batcher(frame(index, value) for index, value in enumerate(shown))
    assert values(pairs) == [(index, 255 - value) for index, value in enumerate(shown)]
    assert translate.calls == [[5, 6], [7, 5]]
    assert batcher.pictures_translated == 4


def test_a_repeat_keeps_its_own_alpha_and_time():
    alphas = [np.full((4, 6), value, np.uint8) for value in (10, 20)]
    pairs = list(
        Batcher(Recorder(), 1, Grouping(100).group)(frame(i, 5, alpha) for i, alpha in enumerate(alphas))
    )
    assert [after.picture.alpha[0, 0] for _, after in pairs] == [10, 20]
    assert [after.pts for _, after in pairs] == [0, 10]


def test_a_batch_never_crosses_the_border_of_a_segment():
    translate = Recorder()
    list(Batcher(translate, 4, Grouping(6).group)(map(frame, range(13))))
    assert translate.calls == [[0, 1, 2, 3], [4, 5, 5, 5], [6, 7, 8, 9], [10, 11, 11, 11], [12, 12, 12, 12]]


def test_a_segment_alone_is_translated_as_it_is_among_others():
    whole, alone = Recorder(), Recorder()
    list(Batcher(whole, 4, Grouping(6).group)(frame(index, index // 3) for index in range(12)))
    list(Batcher(alone, 4, Grouping(6).group)(frame(index, index // 3) for index in range(6, 12)))
    assert whole.calls[-len(alone.calls) :] == alone.calls


@pytest.mark.parametrize("memory", [1, 2, 3])
def test_too_little_memory_halves_the_batch_and_drops_no_frame(memory):
    translate = Recorder(memory)
    batcher = Batcher(translate, 8, Grouping(100).group)
    assert values(batcher(map(frame, range(11)))) == [(index, 255 - index) for index in range(11)]
    assert batcher.batch_size == (2 if memory == 3 else memory)
    assert batcher.pictures_translated == 11


def test_too_little_memory_for_one_picture_names_the_frame_and_its_size():
    with pytest.raises(MachineError, match="frame 0\none picture of 6x4 does not fit"):
        list(Batcher(Recorder(0), 2, Grouping(100).group)([frame(0), frame(1)]))


@pytest.mark.parametrize(
    "wrong, found",
    [
        (lambda pictures: pictures.astype(np.float32), "found float32"),
        (lambda pictures: pictures[:, ::2], r"found uint8 \(2, 2, 6, 3\)"),
        (lambda pictures: pictures[:1], r"found uint8 \(1, 4, 6, 3\)"),
        (lambda pictures: None, "found object"),
    ],
)
def test_a_wrong_result_names_the_frames(wrong, found):
    with pytest.raises(TranslationError, match=f"frames 0 to 1 is not .*\n.*{found}"):
        list(Batcher(wrong, 2, Grouping(100).group)([frame(0), frame(1)]))


def test_a_picture_that_went_wrong_is_named_by_its_frame():
    def translate(pictures):
        if 5 in pictures[:, 0, 0, 0]:
            raise FrameError(list(pictures[:, 0, 0, 0]).index(5), "its values are not finite")
        return pictures

    with pytest.raises(TranslationError, match="frame 5 cannot be translated\nits values are not finite"):
        list(Batcher(translate, 4, Grouping(100).group)(map(frame, range(8))))


def test_a_callable_may_use_its_buffer_again():
    buffer = np.empty((2, 4, 6, 3), np.uint8)

    def translate(pictures):
        buffer[:] = 255 - pictures
        return buffer

    pairs = list(Batcher(translate, 2, Grouping(100).group)(map(frame, range(7))))
    assert values(pairs) == [(index, 255 - index) for index in range(7)]


class Clock:
    """A callable that takes a known time for a batch, on a clock of its own."""

    def __init__(self, monkeypatch, seconds_of_batch, memory=1000):
        self.now, self.seconds_of_batch, self.memory = 0.0, seconds_of_batch, memory
        monkeypatch.setattr(batching.time, "perf_counter", lambda: self.now)

    def __call__(self, pictures):
        if len(pictures) > self.memory:
            raise MemoryError
        self.now += self.seconds_of_batch(len(pictures))
        return pictures


@pytest.mark.parametrize(
    "seconds_of_batch, memory, expected",
    [
        (lambda size: 0.1 * size, 1000, 1),
        (lambda size: 0.1, 1000, 8),
        (lambda size: 0.1, 4, 4),
        (lambda size: 0.1 + 0.1 * (size > 2) * size, 1000, 2),
        (lambda size: 60.0, 1000, 1),
    ],
    ids=["no gain", "all gain", "no memory", "gain up to 2", "slow"],
)
def test_the_search_takes_the_size_that_is_worth_it(monkeypatch, seconds_of_batch, memory, expected):
    assert find_batch_size(Clock(monkeypatch, seconds_of_batch, memory), frame(0)) == expected

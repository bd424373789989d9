from fractions import Fraction

import pytest

import video
from video.core.options import Options
from video.core.source_info import SourceInfo
from video.core.timing import (
    Span,
    Timed,
    exact_seconds,
    frames_expected,
    in_ticks,
    on_grid,
    snapped_rate,
    span_of,
    trimmed,
    with_durations,
    writable_tick,
)

MS = Fraction(1, 1000)
ALL = Span()


def clip(*times, end):
    """Items A, B, C ... that begin at these times."""
    return [
        Timed(chr(65 + index), start, stop - start)
        for index, (start, stop) in enumerate(zip(times, (*times[1:], end)))
    ]


def plain(items):
    return [(timed.item, timed.pts, timed.duration) for timed in items]


def source(**changes):
    fields = {
        "path": "/clip.mp4",
        "kind": "clip",
        "format": "mp4",
        "video_index": 0,
        "frames_total": 250,
        "start": Fraction(0),
        "duration": Fraction(10),
    }
    return SourceInfo(**{**fields, **changes})


@pytest.mark.parametrize(
    "said, meant",
    [
        (29.97, Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (Fraction(30000, 1001), Fraction(30000, 1001)),
        (Fraction(2997, 125), Fraction(24000, 1001)),
        (24, 24),
        (25.0, 25),
        (30, 30),
        (1, 1),
        (12.5, Fraction(25, 2)),
        (29.9, Fraction(299, 10)),
        (0.1, Fraction(1, 10)),
    ],
)
def test_a_rate_is_what_a_person_means_by_it(said, meant):
    assert snapped_rate(said) == meant


@pytest.mark.parametrize("said, meant", [(0.1, Fraction(1, 10)), (1.2, Fraction(6, 5)), (3, 3)])
def test_seconds_are_what_a_person_means_by_them(said, meant):
    assert exact_seconds(said) == meant


def test_everything_lasts_until_the_next():
    shown = [("A", 0), ("B", 33), ("C", 400)]
    assert plain(with_durations(shown, lambda item, pts: 760)) == [
        ("A", 0, 33),
        ("B", 33, 367),
        ("C", 400, 760),
    ]


def test_a_whole_clip_keeps_its_times():
    items = clip(-40, 0, 40, end=80)
    assert plain(trimmed(items, MS, ALL)) == plain(items)


@pytest.mark.parametrize(
    "start, first",
    [(Fraction(0), ("A", 0)), (Fraction(40, 1000), ("B", 0)), (Fraction(41, 1000), ("C", 39))],
)
def test_the_first_that_begins_in_the_part_is_kept_at_its_distance_from_the_start(start, first):
    kept = plain(trimmed(clip(0, 40, 80, end=120), MS, Span(start, None)))
    assert kept[0][:2] == first


def test_times_are_exact_where_the_start_is_not_a_tick():
    kept = list(trimmed(clip(0, 40, 80, end=120), MS, Span(Fraction(1, 30), None)))
    assert [timed.pts for timed in kept] == [40 - 33, 80 - 33]


@pytest.mark.parametrize(
    "end, expected",
    [
        (Fraction(100, 1000), [("A", 0, 40), ("B", 40, 40), ("C", 80, 20)]),
        (Fraction(80, 1000), [("A", 0, 40), ("B", 40, 40)]),
        (Fraction(9), [("A", 0, 40), ("B", 40, 40), ("C", 80, 40)]),
    ],
)
def test_what_is_shown_at_the_end_is_cut_there(end, expected):
    assert plain(trimmed(clip(0, 40, 80, end=120), MS, Span(None, end))) == expected


def test_nothing_after_the_end_is_asked_for():
    def items():
        yield from clip(0, 40, end=80)
        raise AssertionError("this must not be read")

    assert len(list(trimmed(items(), MS, Span(None, Fraction(80, 1000))))) == 2


@pytest.mark.parametrize("rate", [25, 50, Fraction(30000, 1001)])
def test_a_clip_of_a_constant_rate_is_left_as_it_is_at_that_rate(rate):
    ticks = 1 / Fraction(rate) / 512
    items = clip(*range(0, 512 * 90, 512), end=512 * 90)
    kept = list(on_grid(items, ticks, Fraction(rate)))
    assert [(timed.item, timed.pts) for timed in kept] == [(timed.item, timed.pts // 512) for timed in items]


@pytest.mark.parametrize("rounded", [round, int])
@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)])
def test_times_in_milliseconds_neither_repeat_nor_lose_a_frame(rate, rounded):
    times = [rounded(index / rate * 1000) for index in range(500)]
    kept = list(on_grid(clip(*times, end=rounded(500 / rate * 1000)), MS, rate))
    assert [timed.item for timed in kept] == [chr(65 + index) for index in range(500)]
    assert [timed.pts for timed in kept] == list(range(500))


def test_a_lower_rate_shows_what_a_player_would_show():
    kept = on_grid(clip(0, 40, 80, 120, 160, end=200), MS, Fraction(10))
    assert plain(kept) == [("A", 0, 1), ("C", 1, 1)]


def test_a_higher_rate_repeats_and_a_repeated_item_is_the_same_object():
    items = [Timed(object(), 0, 40), Timed(object(), 40, 40)]
    kept = list(on_grid(items, MS, Fraction(50)))
    assert [timed.item for timed in kept] == [items[0].item] * 2 + [items[1].item] * 2
    assert kept[0].item is kept[1].item


def test_a_variable_rate_comes_onto_the_grid():
    kept = on_grid(clip(0, 33, 66, 133, 400, end=1160), MS, Fraction(10))
    assert "".join(timed.item for timed in kept) == "ACDDEEEEEEEE"


def test_a_start_off_the_grid_moves_nothing():
    kept = on_grid(clip(1013, 1053, end=1093), MS, Fraction(25))
    assert plain(kept) == [("A", 26, 1), ("B", 27, 1)]


def test_a_clip_shorter_than_a_step_still_has_a_frame():
    assert plain(on_grid(clip(10, 20, end=30), MS, Fraction(1))) == [("B", 1, 1)]
    assert list(on_grid([], MS, Fraction(1))) == []


def test_a_part_is_counted_from_where_the_clip_starts():
    options = Options(start=1.5, end=2.5)
    span = span_of(source(start=Fraction(7, 5)), options)
    assert span == Span(Fraction(29, 10), Fraction(39, 10))
    assert span_of(source(), Options()) == ALL


def test_a_start_after_the_end_is_refused():
    with pytest.raises(video.UsageError, match=r"after the end of the clip: .*\nexpected less than 10\.00 s"):
        span_of(source(), Options(start=10))


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, 250),
        ({"start": 5}, 125),
        ({"end": 2}, 50),
        ({"start": 9, "end": 99}, 25),
        ({"fps": 29.97}, 300),
        ({"fps": 10, "start": 5, "end": 6}, 10),
    ],
)
def test_the_number_of_frames_is_foreseen(options, expected):
    assert frames_expected(source(), Options(**options)) == expected


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, 250),
        ({"start": 5}, 150),
        ({"end": 5}, 100),
        ({"start": 10.98}, 1),
        ({"start": 1.03, "end": 1.05}, 1),
        ({"end": 0.5}, 1),
        ({"fps": 10}, 100),
        ({"fps": 10, "start": 5}, 60),
        ({"fps": 10, "end": 5}, 40),
    ],
)
def test_sound_before_and_after_the_pictures_does_not_count(options, expected):
    with_sound = source(duration=Fraction(15), video_start=Fraction(1), video_end=Fraction(11))
    assert frames_expected(with_sound, Options(**options)) == expected


@pytest.mark.parametrize(
    ("tick", "longest_step", "expected"),
    [
        (Fraction(1, 90000), Fraction(1), Fraction(1, 90000)),
        (Fraction(1, 10**6), Fraction(60), Fraction(1, 10**6)),
        (Fraction(1, 10**9), Fraction(1, 25), Fraction(1, 10**7)),
        (Fraction(1, 10**9), Fraction(60), Fraction(1, 10**6)),
        (Fraction(1, 10**7), Fraction(1800), Fraction(1, 90000)),
        (Fraction(1, 90000), Fraction(3600), Fraction(1, 1000)),
        (Fraction(1, 2), Fraction(21600), Fraction(1, 2)),
    ],
)
def test_a_tick_is_as_fine_as_containers_and_encoders_can_count(tick, longest_step, expected):
    assert writable_tick(tick, longest_step) == expected


def test_frames_that_share_a_longer_tick_stay_in_order():
    items = [Timed("a", 0, 40), Timed("b", 40, 40), Timed("c", 80, 320)]
    moved = list(in_ticks(items, Fraction(1, 10**9), Fraction(1, 10**7)))
    assert [(timed.pts, timed.duration) for timed in moved] == [(0, 1), (1, 1), (2, 2)]

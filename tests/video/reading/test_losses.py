from array import array
from fractions import Fraction

import pytest

import video
from video.reading.losses import Loss, check_is_complete, check_is_whole, gap_in, loss_of, missing_end
from video.reading.packets import PacketSummary
from video.reading.structure import Damage


def summary(*times, **fields):
    return PacketSummary(Fraction(25), array("q", times), **fields)


def test_the_first_longer_step_is_a_gap():
    found = gap_in(summary(0, 40, 80, 200, 240))
    assert (found.index, found.pts) == (3, 80)
    assert gap_in(summary(0, 80, 40, 120)) is None


def test_a_break_in_the_structure_lost_packets_only_where_some_follow_it():
    seen = summary(0, 40, 80, num_before=2, last_before=40, last_position=900)
    assert loss_of(seen, Damage(broken_at=500), lacks_end=False) == Loss(
        2, 40, "the file's structure is broken at byte 500"
    )
    assert loss_of(seen, Damage(broken_at=950), lacks_end=False) is None
    assert loss_of(seen, Damage(), lacks_end=True) is None


def test_an_end_is_missing_only_after_a_break():
    seen = summary(0, 40, end_of_all=Fraction(2))
    assert missing_end(seen, Fraction(3), Damage(broken_at=1)) == "it declares 3.00 s; its data end at 2.00 s"
    assert (
        missing_end(seen, Fraction(3), Damage()) == missing_end(seen, Fraction(2), Damage(broken_at=1)) == ""
    )


def test_what_is_missing_is_refused_with_its_place_and_a_way_on():
    with pytest.raises(
        video.MediaError, match="frame 7 cannot be read: a.ts\n.*after 0.24 s.*\n.*--on-bad-frame"
    ):
        check_is_whole("a.ts", Loss(7, 6, "a gap"), Fraction(6, 25))
    with pytest.raises(video.MediaError, match="cut short or damaged: a.ts\nwhy\n.*--on-bad-frame skip"):
        check_is_complete("a.ts", "why")
    check_is_whole("a.ts", None, Fraction(0))
    check_is_complete("a.ts", "")

from types import SimpleNamespace

import av
import pytest

from video.reading.promises import Promises, shows_a_frame


def packet(pts, dts=None, *, key=False, discard=False, size=100):
    return SimpleNamespace(pts=pts, dts=dts, is_keyframe=key, is_discard=discard, size=size)


def frame(pts, *, interlaced=False):
    return SimpleNamespace(pts=pts, interlaced_frame=interlaced)


def promised(*times, **kind):
    promises = Promises(**{"begins_anywhere": False, "by_slot": False, **kind})
    for index, time in enumerate(times):
        promises.add(packet(time, time, key=index == 0), "h264")
    return promises


def test_frames_that_come_as_promised_are_not_missed():
    promises = promised(0, 120, 40, 80)
    assert [promises.take(frame(pts), 2) for pts in (0, 40, 80, 120)] == [
        ([], 0),
        ([], 40),
        ([], 80),
        ([], 120),
    ]
    assert promises.rest() == []


def test_a_later_frame_breaks_the_promises_before_it():
    promises = promised(0, 120, 40, 80)
    promises.take(frame(0), 2)
    assert promises.take(frame(120), 2) == ([40, 80], 120)


def test_what_has_not_come_at_the_end_is_missed():
    promises = promised(0, 40, 80)
    promises.take(frame(0), 0)
    assert promises.rest() == [40, 80]


def test_hidden_frames_promise_nothing():
    promises = promised(0)
    promises.add(packet(40, discard=True), "h264")
    promises.take(frame(0), 0)
    assert promises.rest() == []


@pytest.mark.parametrize("first_byte, shown", [(0x10, True), (0x00, False)])
def test_a_vp8_frame_says_whether_it_is_shown(first_byte, shown):
    assert shows_a_frame(av.Packet(bytes([first_byte, 0, 0])), "vp8") is shown
    assert shows_a_frame(av.Packet(bytes([first_byte, 0, 0])), "vp9")


def test_a_broadcast_may_begin_with_frames_that_nobody_can_decode():
    promises = Promises(begins_anywhere=True, by_slot=False)
    for time, key in ((0, False), (40, False), (160, True), (80, False), (120, False), (200, False)):
        promises.add(packet(time, key=key), "h264")
    assert promises.num_void == 4
    assert promises.is_void(120)
    assert promises.take(frame(160), 2) == ([], 160)
    assert promises.rest() == [200]


def test_a_file_begins_with_a_key_frame_even_if_damage_hides_it():
    promises = promised()
    for time in (0, 40, 80):
        promises.add(packet(time), "h264")
    assert promises.take(frame(80), 0) == ([0, 40], 80)


def test_a_second_field_of_an_interlaced_frame_is_not_missed():
    promises = promised(*range(0, 400, 20))
    missed = [promises.take(frame(pts, interlaced=True), 0)[0] for pts in range(0, 400, 40)]
    assert missed == [[]] * 10
    assert promises.rest() == []


def test_a_whole_interlaced_frame_is_missed():
    promises = promised(*range(0, 400, 20))
    missed = [promises.take(frame(pts, interlaced=True), 0)[0] for pts in (0, 40, 80, 160)]
    assert missed == [[], [], [], [120, 140]]


def test_without_times_a_refused_packet_has_to_be_told_at_once():
    promises = promised(0)
    promises.add(packet(None), "h264")
    assert not promises.refuse(packet(None))
    assert promises.take(frame(None), 0) == ([], None)
    assert promises.rest() == []


def test_by_slot_the_frames_take_the_places_in_order_of_display():
    promises = promised(0, 1, 2, 3, by_slot=True)
    assert [promises.take(frame(own), 1)[1] for own in (0, 2, 3, 1)] == [0, 1, 2, 3]


def test_by_slot_a_refused_packet_leaves_its_place_empty():
    promises = promised(0, 1, 2, 3, by_slot=True)
    assert promises.refuse(packet(1, 1))
    assert [promises.take(frame(own), 0) for own in (0, 2, 3)] == [([], 0), ([1], 2), ([], 3)]


def test_by_slot_a_packet_that_says_that_nothing_has_changed_leaves_its_place_empty():
    promises = promised(0, by_slot=True)
    promises.add(packet(1, 1, size=8), "mpeg4")
    promises.add(packet(2, 2), "mpeg4")
    assert [promises.take(frame(own), 0) for own in (0, 2)] == [([], 0), ([], 2)]


def test_by_slot_a_frame_that_never_came_is_missed():
    promises = promised(0, 1, 2, by_slot=True)
    assert [promises.take(frame(own), 0) for own in (0, 2)] == [([], 0), ([1], 2)]

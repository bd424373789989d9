from types import SimpleNamespace

import av
import pytest

from video.reading.expected_frames import ExpectedFrames, shows_a_frame


def packet(pts, dts=None, *, key=False, discard=False, size=100):
    return SimpleNamespace(pts=pts, dts=dts, is_keyframe=key, is_discard=discard, size=size)


def frame(pts, *, interlaced=False):
    return SimpleNamespace(pts=pts, interlaced_frame=interlaced)


def expecting(*times, **kind):
    expected = ExpectedFrames(**{"may_start_mid_gop": False, "dts_only": False, **kind})
    for index, time in enumerate(times):
        expected.add(packet(time, time, key=index == 0), "h264")
    return expected


def test_frames_with_expected_pts_are_not_missing():
    expected = expecting(0, 120, 40, 80)
    assert [expected.match(frame(pts), 2) for pts in (0, 40, 80, 120)] == [
        ([], 0),
        ([], 40),
        ([], 80),
        ([], 120),
    ]
    assert expected.remaining() == []


def test_a_later_frame_shows_that_earlier_expected_ones_are_missing():
    expected = expecting(0, 120, 40, 80)
    expected.match(frame(0), 2)
    assert expected.match(frame(120), 2) == ([40, 80], 120)


def test_what_has_not_come_at_the_end_is_missing():
    expected = expecting(0, 40, 80)
    expected.match(frame(0), 0)
    assert expected.remaining() == [40, 80]


def test_discarded_packets_are_not_expected():
    expected = expecting(0)
    expected.add(packet(40, discard=True), "h264")
    expected.match(frame(0), 0)
    assert expected.remaining() == []


@pytest.mark.parametrize("first_byte, shown", [(0x10, True), (0x00, False)])
def test_a_vp8_frame_says_whether_it_is_shown(first_byte, shown):
    assert shows_a_frame(av.Packet(bytes([first_byte, 0, 0])), "vp8") is shown
    assert shows_a_frame(av.Packet(bytes([first_byte, 0, 0])), "vp9")


def test_a_broadcast_may_start_with_leading_frames():
    expected = ExpectedFrames(may_start_mid_gop=True, dts_only=False)
    for time, key in ((0, False), (40, False), (160, True), (80, False), (120, False), (200, False)):
        expected.add(packet(time, key=key), "h264")
    assert expected.num_leading == 4
    assert expected.is_leading(120)
    assert expected.match(frame(160), 2) == ([], 160)
    assert expected.remaining() == [200]


def test_a_file_begins_with_a_keyframe_even_if_damage_hides_it():
    expected = expecting()
    for time in (0, 40, 80):
        expected.add(packet(time), "h264")
    assert expected.match(frame(80), 0) == ([0, 40], 80)


def test_a_second_field_of_an_interlaced_frame_is_not_missing():
    expected = expecting(*range(0, 400, 20))
    missed = [expected.match(frame(pts, interlaced=True), 0)[0] for pts in range(0, 400, 40)]
    assert missed == [[]] * 10
    assert expected.remaining() == []


def test_a_whole_interlaced_frame_is_missing():
    expected = expecting(*range(0, 400, 20))
    missed = [expected.match(frame(pts, interlaced=True), 0)[0] for pts in (0, 40, 80, 160)]
    assert missed == [[], [], [], [120, 140]]


def test_without_pts_a_refused_packet_is_reported_at_once():
    expected = expecting(0)
    expected.add(packet(None), "h264")
    assert not expected.reject(packet(None))
    assert expected.match(frame(None), 0) == ([], None)
    assert expected.remaining() == []


def test_with_dts_only_the_frames_take_the_positions_in_display_order():
    expected = expecting(0, 1, 2, 3, dts_only=True)
    assert [expected.match(frame(own), 1)[1] for own in (0, 2, 3, 1)] == [0, 1, 2, 3]


def test_with_dts_only_a_refused_packet_leaves_its_position_empty():
    expected = expecting(0, 1, 2, 3, dts_only=True)
    assert expected.reject(packet(1, 1))
    assert [expected.match(frame(own), 0) for own in (0, 2, 3)] == [([], 0), ([1], 2), ([], 3)]


def test_with_dts_only_an_empty_packet_leaves_its_position_empty():
    expected = expecting(0, dts_only=True)
    expected.add(packet(1, 1, size=8), "mpeg4")
    expected.add(packet(2, 2), "mpeg4")
    assert [expected.match(frame(own), 0) for own in (0, 2)] == [([], 0), ([], 2)]


def test_with_dts_only_a_frame_that_never_came_is_missing():
    expected = expecting(0, 1, 2, dts_only=True)
    assert [expected.match(frame(own), 0) for own in (0, 2)] == [([], 0), ([1], 2)]

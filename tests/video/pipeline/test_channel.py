import threading

import pytest

from video.pipeline.channel import Broken, Channel


def test_items_come_out_in_order_and_then_it_ends():
    lane = Channel(3)
    for item in "abc":
        lane.put(item)
    lane.close()
    assert list(lane) == ["a", "b", "c"]


def test_a_full_lane_waits_for_its_reader():
    lane, put = Channel(1), []

    def feed():
        for item in range(5):
            lane.put(item)
            put.append(item)
        lane.close()

    thread = threading.Thread(target=feed)
    thread.start()
    for item in lane:
        assert len(put) <= item + 2
    thread.join()
    assert put == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("waits", ["putting", "getting"])
def test_breaking_a_lane_frees_whoever_waits(waits):
    lane, seen = Channel(1), []

    def wait():
        try:
            if waits == "putting":
                lane.put(1)
                lane.put(2)
            else:
                next(iter(lane))
        except Broken as error:
            seen.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    lane.fail(ValueError("first"))
    lane.fail(ValueError("second"))
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert len(seen) == 1
    assert str(lane.error) == "first"

import threading

import pytest

from video.pipeline.channel import Broken, Channel


def test_items_come_out_in_order_and_then_it_ends():
    channel = Channel(3)
    for item in "abc":
        channel.put(item)
    channel.close()
    assert list(channel) == ["a", "b", "c"]


def test_a_full_channel_waits_for_its_reader():
    channel, put = Channel(1), []

    def feed():
        for item in range(5):
            channel.put(item)
            put.append(item)
        channel.close()

    thread = threading.Thread(target=feed)
    thread.start()
    for item in channel:
        assert len(put) <= item + 2
    thread.join()
    assert put == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("waits", ["putting", "getting"])
def test_breaking_a_channel_frees_whoever_waits(waits):
    channel, seen = Channel(1), []

    def wait():
        try:
            if waits == "putting":
                channel.put(1)
                channel.put(2)
            else:
                next(iter(channel))
        except Broken as error:
            seen.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    channel.fail(ValueError("first"))
    channel.fail(ValueError("second"))
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert len(seen) == 1
    assert str(channel.error) == "first"

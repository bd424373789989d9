import signal
import threading

import pytest

from video.pipeline import run_stages


def doubled(items):
    for item in items:
        yield item * 2


def test_every_item_passes_all_three_stages_in_order():
    out = []
    run_stages(range(100), doubled, out.append, capacity=2)
    assert out == [2 * item for item in range(100)]


def test_no_items_are_no_work():
    out = []
    run_stages([], doubled, out.append, capacity=1)
    assert out == []


def test_work_runs_in_the_callers_thread_and_the_others_do_not():
    names = {}

    def source():
        names["source"] = threading.current_thread()
        yield 1

    def work(items):
        names["work"] = threading.current_thread()
        yield from items

    def sink(item):
        names["sink"] = threading.current_thread()

    run_stages(source(), work, sink, capacity=1)
    assert names["work"] is threading.current_thread()
    assert len(set(names.values())) == 3


@pytest.mark.parametrize("stage", ["source", "work", "sink"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("at", [0, 7, 49])
@pytest.mark.timeout(20)
def test_an_error_in_any_stage_is_raised_as_it_is_and_ends_all_threads(stage, error, at):
    before, raised = threading.active_count(), error("at this item")

    def failing(items, name):
        for index, item in enumerate(items):
            if name == stage and index == at:
                raise raised
            yield item

    count = [0]

    def sink(item):
        count[0] += 1
        if stage == "sink" and count[0] == at + 1:
            raise raised

    with pytest.raises(error) as caught:
        run_stages(failing(range(50), "source"), lambda items: failing(items, "work"), sink, capacity=2)
    assert caught.value is raised
    assert threading.active_count() == before


@pytest.mark.timeout(20)
def test_ctrl_c_while_waiting_for_the_source_stops_everything():
    release = threading.Event()

    def source():
        yield 1
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        release.wait(0.2)
        yield 2

    with pytest.raises(KeyboardInterrupt):
        run_stages(source(), doubled, lambda item: None, capacity=1)


def test_the_source_is_never_far_ahead_of_a_slow_worker():
    produced, capacity, lead = [0], 4, []

    def source():
        for item in range(200):
            produced[0] += 1
            yield item

    def slow(items):
        for done, item in enumerate(items):
            threading.Event().wait(0.001)
            lead.append(produced[0] - done)
            yield item

    run_stages(source(), slow, lambda item: None, capacity=capacity)
    assert max(lead) <= capacity + 2

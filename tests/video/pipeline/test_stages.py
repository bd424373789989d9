import signal
import threading

import pytest

from video.pipeline import channel
from video.pipeline.stages import call_in_thread, run_stages


def doubled(items):
    for item in items:
        yield item * 2


def test_every_item_passes_all_stages_in_order():
    out = []
    run_stages(range(100), {"translate": doubled}, out.append, capacity=2)
    assert out == [2 * item for item in range(100)]


def test_stages_of_work_follow_each_other_by_name():
    out = []
    times = run_stages(
        range(20), {"double": doubled, "text": lambda items: map(str, items)}, out.append, capacity=2
    )
    assert out == [str(2 * item) for item in range(20)]
    assert list(times.busy) == ["decode", "double", "text", "encode"]


def test_without_items_there_is_no_output():
    out = []
    run_stages([], {"translate": doubled}, out.append, capacity=1)
    assert out == []


def test_each_stage_has_a_thread_and_the_callers_own_is_free():
    names = {}

    def source():
        names["source"] = threading.current_thread()
        yield 1

    def work(items):
        names["work"] = threading.current_thread()
        yield from items

    def sink(item):
        names["sink"] = threading.current_thread()

    run_stages(source(), {"translate": work}, sink, capacity=1)
    assert len({*names.values(), threading.current_thread()}) == 4


STAGES = ("decode", "translate", "encode")


class Clock:
    """A clock that one stage moves, and only while each of the others waits for it."""

    def __init__(self, monkeypatch, stage):
        self.now, self._changed = 0.0, threading.Condition()
        self._waits = {f"video-{name}": False for name in STAGES if name != stage}
        monkeypatch.setattr(channel.time, "perf_counter", self._read)

    def _read(self):
        name = threading.current_thread().name
        with self._changed:
            if name in self._waits:
                # A stage reads the clock when a wait begins and when it ends.
                self._waits[name] = not self._waits[name]
                self._changed.notify_all()
            return self.now

    def move(self):
        with self._changed:
            assert self._changed.wait_for(lambda: all(self._waits.values()), 120)
            self.now += 1


@pytest.mark.parametrize("stage", STAGES)
def test_the_stage_that_takes_the_time_is_the_busy_one(monkeypatch, stage):
    clock = Clock(monkeypatch, stage)

    def passed_on(items, name):
        for item in items:
            # Only while there are more items, for a stage that has done all of them waits no more.
            if name == stage and item < 20:
                clock.move()
            yield item

    def sink(item):
        next(passed_on([item], "encode"))

    source, works = passed_on(range(40), "decode"), {"translate": lambda items: passed_on(items, "translate")}
    times = run_stages(source, works, sink, capacity=2)
    assert times.elapsed == 20
    assert times.busy == {name: 20 if name == stage else 0 for name in STAGES}


@pytest.mark.timeout(20)
def test_ctrl_c_does_not_wait_for_a_callable_that_hears_nothing():
    entered, release = threading.Event(), threading.Event()

    def deaf(items):
        for item in items:
            entered.set()
            release.wait(15)
            yield item

    def interrupt():
        entered.wait(5)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    before = set(threading.enumerate())
    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        run_stages(range(3), {"translate": deaf}, lambda item: None, capacity=1)
    left = set(threading.enumerate()) - before
    release.set()
    for thread in left:
        thread.join(5)
    assert "video-translate" in {thread.name for thread in left}


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
        run_stages(
            failing(range(50), "source"),
            {"translate": lambda items: failing(items, "work")},
            sink,
            capacity=2,
        )
    assert caught.value is raised
    assert threading.active_count() == before


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

    run_stages(source(), {"translate": slow}, lambda item: None, capacity=capacity)
    assert max(lead) <= capacity + 2


def test_a_call_in_thread_returns_what_it_returns_and_raises_what_it_raises():
    main = threading.current_thread()
    assert call_in_thread(lambda: threading.current_thread() is not main) is True
    with pytest.raises(ZeroDivisionError):
        call_in_thread(lambda: 1 / 0)

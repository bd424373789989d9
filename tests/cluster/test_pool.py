import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from cyclegan_tf.cluster.pool import Pool, PoolClosed, groups_of


class Worker:
    """A worker with a thread; it notes what it had, and works only when it may."""

    def __init__(self, name="", may_work=None):
        self.name, self.had, self._thread = name, [], ThreadPoolExecutor(1)
        self._may_work = may_work or threading.Event()
        if may_work is None:
            self._may_work.set()

    def start(self, item):
        def work():
            self._may_work.wait(20)
            self.had.append(item)
            return item * 2

        return self._thread.submit(work)


def pool_of(*workers):
    pool = Pool()
    for worker in workers:
        pool.add(worker)
    return pool


def start(worker, item):
    return worker.start(item)


def test_every_item_is_done_once_whoever_does_it():
    workers = Worker(), Worker(), Worker()
    done = {item: future.result() for item, future in pool_of(*workers).run(start, range(50))}
    assert done == {item: 2 * item for item in range(50)}
    assert sorted(item for worker in workers for item in worker.had) == list(range(50))


def test_a_worker_that_joins_later_takes_part():
    pool, late = Pool(), Worker()
    results = pool.run(start, range(3))
    threading.Timer(0.05, pool.add, [late]).start()
    assert len(list(results)) == 3
    assert late.had == [0, 1, 2]


def test_two_jobs_share_the_workers_and_each_keeps_its_own():
    gate = threading.Event()
    workers = Worker("one", gate), Worker("two", gate)
    pool = pool_of(*workers)
    jobs = [pool.run(start, [f"{name}{place}" for place in range(8)]) for name in "ab"]
    with ThreadPoolExecutor(2) as threads:
        finished = [threads.submit(list, job) for job in jobs]
        threading.Timer(0.2, gate.set).start()
        assert [len(each.result(30)) for each in finished] == [8, 8]
    for worker in workers:
        changes = sum(before[0] != after[0] for before, after in zip(worker.had, worker.had[1:]))
        # The first job may begin on both, and at the end one may help the other.
        assert changes <= 2, worker.had


def test_the_rest_of_a_job_is_dropped_when_its_caller_stops():
    worker = Worker()
    pool = pool_of(worker)
    job = pool.run(start, range(100))
    next(job)
    job.close()
    assert [item for item, _ in pool.run(start, [1000])] == [1000]
    assert len(worker.had) < 100


def test_an_error_of_a_task_is_in_its_future():
    def fail(worker, item):
        future = Future()
        future.set_exception(ZeroDivisionError())
        return future

    ((_, future),) = pool_of(Worker()).run(fail, [1])
    assert isinstance(future.exception(), ZeroDivisionError)


def test_an_error_before_a_task_is_in_its_future_too():
    ((_, future),) = pool_of(Worker()).run(lambda worker, item: 1 / 0, [1])
    assert isinstance(future.exception(), ZeroDivisionError)


def test_a_closed_pool_lets_nobody_wait():
    pool = Pool()
    waiting = pool.run(start, [1])
    threading.Timer(0.05, pool.close).start()
    with pytest.raises(PoolClosed):
        next(waiting)
    with pytest.raises(PoolClosed):
        next(pool.run(start, [1]))


def test_groups_hold_all_items_in_order():
    assert list(groups_of(range(5), 2)) == [[0, 1], [2, 3], [4]]

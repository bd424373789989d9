"""Workers on a Ray cluster: it is started or found, and each worker loads the model."""

import contextlib
import os
import queue
import sys
from concurrent.futures import Future
from dataclasses import replace
from types import ModuleType

from cyclegan_tf import __version__
from cyclegan_tf.cluster.options import LOCAL, ClusterOptions
from cyclegan_tf.cluster.pool import Pool
from cyclegan_tf.cluster.transfer import send
from cyclegan_tf.cluster.worker import LoadedModel, ModelRequest, Worker
from cyclegan_tf.errors import MachineError, UsageError

# A task whose worker has died so often is likely what kills it.
MAX_DEATHS = 20
# A busy machine needs more than the time that Ray waits for its own processes.
_ATTEMPTS_TO_START = 3
_SECONDS_TO_CLOSE = 5.0


class Cluster:
    """Workers that hold the model, as a context manager; a cluster that was started here ends with it.

    A worker that dies is started again by Ray, which also repeats the task that it had.

    Args:
        options: what is asked for.
        model: what each worker loads.

    Attributes:
        pool: the workers that are ready; others join when they are.
        model: what they have loaded.
        num_workers: how many were asked for.

    Raises:
        UsageError: Ray is not installed, the cluster is not found, or it has no room for a worker.
        MachineError: a cluster does not start here.
        ModelError: the model cannot be loaded.
    """

    def __init__(self, options: ClusterOptions, model: ModelRequest):
        self.options, self._request = options, model
        self.pool = Pool()
        self.model: LoadedModel | None = None
        self.num_workers = 0
        self._actors: list = []
        self._is_ours = False

    def __enter__(self) -> "Cluster":
        self._ray = import_ray()
        self._is_ours = not self._ray.is_initialized()
        if self._is_ours:
            connect(self._ray, self.options)
        try:
            self._start_workers()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *exception) -> None:
        self.pool.close()
        if closed := [actor.close.remote() for actor in self._actors]:
            # Those that are still at work, after an error, are not waited for.
            self._ray.wait(closed, num_returns=len(closed), timeout=_SECONDS_TO_CLOSE)
        for actor in self._actors:
            self._ray.kill(actor)
        if self._is_ours:
            self._ray.shutdown()

    @property
    def by_store(self) -> bool:
        """Whether files go through the object store."""
        return self.options.transfer == "store"

    def _start_workers(self) -> None:
        options, model = self.options, self._request
        self.num_workers = options.workers or room(self._ray.cluster_resources(), options)
        if self.by_store:
            model = replace(model, folder=send(model.folder))
        kind = self._ray.remote(Worker).options(
            num_cpus=options.cpus, num_gpus=options.gpus, max_restarts=-1, max_task_retries=MAX_DEATHS
        )
        self._actors = [kind.remote(model, options.threads) for _ in range(self.num_workers)]
        first: queue.SimpleQueue[Future] = queue.SimpleQueue()
        for actor in self._actors:
            ready = actor.ready.remote().future()
            ready.add_done_callback(lambda done, actor=actor: self._welcome(actor, done, first))
        self.model = result_of(first.get())
        check_version(self.model.version)

    def _welcome(self, actor, ready: Future, first: queue.SimpleQueue) -> None:
        if not ready.exception():
            self.pool.add(actor)
        first.put(ready)


def import_ray() -> ModuleType:
    """Import Ray, without its reports on usage.

    Raises:
        UsageError: it is not installed.
    """
    # It would send them to its makers.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise UsageError(
            "--ray needs Ray, which is not installed", fix="pip install 'cyclegan-tf[ray]'"
        ) from error
    return ray


def connect(ray: ModuleType, options: ClusterOptions) -> None:
    """Connect to the cluster, or start one here; see `Cluster` for the errors."""
    if not options.is_local:
        try:
            ray.init(address=options.address, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise UsageError(
                f"there is no Ray cluster at this address: {options.address}",
                detail=str(error).splitlines()[0] if str(error) else type(error).__name__,
                fix="check that its head runs (ray status), or give --ray alone for one on this machine",
            ) from error
        return
    workers = options.workers or 0
    for attempt in range(1, _ATTEMPTS_TO_START + 1):
        try:
            ray.init(
                address=LOCAL,
                num_cpus=max(os.cpu_count() or 1, round(workers * options.cpus + 0.5)),
                include_dashboard=False,
                log_to_driver=False,
                logging_level="ERROR",
            )
            return
        except Exception as error:  # noqa: BLE001 - Ray has no error of its own for this
            with contextlib.suppress(Exception):
                ray.shutdown()
            if attempt == _ATTEMPTS_TO_START:
                raise MachineError(
                    "Ray does not start on this machine",
                    detail=str(error).splitlines()[0],
                    fix="stop other programs; or start it with ray start --head, and give --ray auto",
                ) from error


def room(resources: dict[str, float], options: ClusterOptions) -> int:
    """Return how many workers a cluster with such resources has room for; raise UsageError if none."""
    asked = {"CPU": options.cpus, "GPU": options.gpus}
    room = min(int(resources.get(name, 0) / value) for name, value in asked.items() if value)
    if room < 1:
        found = ", ".join(f"{resources.get(name, 0):g} {name}" for name in asked)
        raise UsageError(
            "the Ray cluster has no room for a worker",
            detail=f"a worker needs {options.cpus:g} CPU and {options.gpus:g} GPU; the cluster has {found}",
            fix="give less with --ray-cpus and --ray-gpus",
        )
    return room


def check_version(version: str) -> None:
    """Check that workers have this version of the package; raise UsageError if not."""
    if version != __version__:
        raise UsageError(
            "the cluster has another version of cyclegan-tf",
            detail=f"expected {__version__}; found {version}",
            fix="install the same version on all machines",
        )


def result_of(future: Future):
    """Return the result of a worker's task.

    Raises:
        BaseException: what the task raised there, as it would be here.
        MachineError: workers have died again and again.
    """
    import ray

    try:
        return future.result()
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayActorError as error:
        raise MachineError(
            f"a worker of the cluster died, and so did those after it: {MAX_DEATHS} times",
            detail=str(error).splitlines()[0],
            fix="give a worker more memory, or less to do (--batch-size 1, --strip-rows 32)",
        ) from error

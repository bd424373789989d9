"""What is asked of a Ray cluster."""

from dataclasses import dataclass
from typing import Literal, get_args

from cyclegan_tf.errors import UsageError

Transfer = Literal["shared", "store"]
# Instead of an address: a cluster on this machine alone, which ends with the command.
LOCAL = "local"


@dataclass(frozen=True)
class ClusterOptions:
    """How clips and pictures are translated on a Ray cluster.

    Attributes:
        address: of the cluster, as host:port, "auto" or ray://host:port; "local" starts one on this machine.
        workers: processes with the model; None for as many as the cluster has room for.
        cpus: processors of a worker, which is also its number of threads.
        gpus: GPUs of a worker; a fraction lets workers share one.
        transfer: 'shared' reads and writes files where they are, on a file system that every machine has
            under the same path; 'store' sends them through Ray's object store.

    Raises:
        UsageError: a number is out of range.
    """

    address: str = LOCAL
    workers: int | None = None
    cpus: float = 1.0
    gpus: float = 0.0
    transfer: Transfer = "shared"

    def __post_init__(self):
        for name, value, least in (
            ("--ray-workers", self.workers, 1),
            ("--ray-cpus", self.cpus, 0.01),
            ("--ray-gpus", self.gpus, 0),
        ):
            if value is not None and value < least:
                raise UsageError(
                    f"{name} is out of range: {value:g}",
                    detail=f"expected {least:g} or more",
                    fix=f"leave {name} out, or give more",
                )
        if self.transfer not in get_args(Transfer):
            raise UsageError(
                f"not a way to send files: {self.transfer}",
                detail=f"expected one of {', '.join(get_args(Transfer))}",
                fix="give --ray-transfer shared or --ray-transfer store",
            )

    @property
    def is_local(self) -> bool:
        """Whether the cluster is started here."""
        return self.address == LOCAL

    @property
    def threads(self) -> int:
        """Threads of a worker."""
        return max(1, round(self.cpus))

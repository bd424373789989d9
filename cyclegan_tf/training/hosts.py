"""The hosts of a run, as TensorFlow's resolvers find them in the environment; nothing is connected here."""

import json
import os
from dataclasses import dataclass

import tensorflow as tf

from cyclegan_tf.errors import MachineError

CHIEF = "chief"
_SLURM_TASKS = "SLURM_STEP_NUM_TASKS"
_FIX = 'such as {"cluster": {"worker": ["one:2222", "two:2222"]}, "task": {"type": "worker", "index": 0}}'


@dataclass(frozen=True)
class Hosts:
    """The hosts that train together.

    Attributes:
        count: how many.
        number: of this one, from 0; host 0 is the chief, who writes.
        resolver: what TensorFlow connects them by; None for a single host.
    """

    count: int = 1
    number: int = 0
    resolver: tf.distribute.cluster_resolver.ClusterResolver | None = None

    @property
    def is_chief(self) -> bool:
        """Whether this host writes the files of the run."""
        return self.number == 0


def find_hosts(requested: str) -> Hosts:
    """Find the hosts of a run.

    Args:
        requested: "auto" are those of the variable TF_CONFIG, or this one alone if it is not set; "slurm" are
            the tasks of a step that srun started.

    Raises:
        MachineError: if the environment does not say which hosts there are, or which of them this one is.
    """
    resolvers = tf.distribute.cluster_resolver
    if requested == "slurm":
        resolver = _slurm(resolvers)
    elif os.environ.get("TF_CONFIG", "").strip():
        resolver = resolvers.TFConfigClusterResolver()
    else:
        return Hosts()
    try:
        cluster = resolver.cluster_spec().as_dict()
        task, index = resolver.task_type, resolver.task_id
        members = [(job, place) for job in (CHIEF, "worker") for place in range(len(cluster.get(job, ())))]
        # TF_CONFIG of one machine, as some services set it, names no cluster or a cluster of one.
        return Hosts(len(members), members.index((task, index)), resolver) if len(members) > 1 else Hosts()
    except (ValueError, TypeError, KeyError, AttributeError, json.JSONDecodeError) as error:
        raise MachineError(
            "the environment does not say which hosts train together",
            detail=f"{'the variables of SLURM' if requested == 'slurm' else 'TF_CONFIG'}: {error}",
            fix="start it by srun" if requested == "slurm" else f"set TF_CONFIG, {_FIX}, or unset it",
        ) from error


def _slurm(resolvers):
    tasks = os.environ.get(_SLURM_TASKS, "")
    if not tasks.isdecimal():
        raise MachineError(
            "this is no step of SLURM",
            detail=f"train.hosts is slurm; the variable {_SLURM_TASKS}, which srun sets, is missing",
            fix="start it by srun, or leave train.hosts as auto",
        )
    # SLURM gives each task its GPUs. The resolver would ask nvidia-smi, which a host without GPUs lacks.
    return resolvers.SlurmClusterResolver(gpus_per_node=int(tasks), gpus_per_task=1, auto_set_gpu=False)

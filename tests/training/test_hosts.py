import json

import pytest

from cyclegan_tf.errors import MachineError
from cyclegan_tf.training.hosts import find_hosts

WORKERS = ["one:2222", "two:2222", "three:2222"]


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch):
    for name in ("TF_CONFIG", "SLURM_STEP_NUM_TASKS"):
        monkeypatch.delenv(name, raising=False)


def tf_config(cluster, kind, index):
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})


def test_without_a_cluster_there_is_this_host():
    hosts = find_hosts("auto")
    assert (hosts.count, hosts.number, hosts.is_chief) == (1, 0, True)


@pytest.mark.parametrize(
    ("cluster", "kind", "index", "number"),
    [
        ({"worker": WORKERS}, "worker", 0, 0),
        ({"worker": WORKERS}, "worker", 2, 2),
        ({"chief": WORKERS[:1], "worker": WORKERS[1:]}, "chief", 0, 0),
        ({"chief": WORKERS[:1], "worker": WORKERS[1:]}, "worker", 1, 2),
    ],
)
def test_the_hosts_are_those_of_tf_config_and_the_first_is_the_chief(
    monkeypatch, cluster, kind, index, number
):
    monkeypatch.setenv("TF_CONFIG", tf_config(cluster, kind, index))
    hosts = find_hosts("auto")
    assert (hosts.count, hosts.number, hosts.is_chief) == (3, number, number == 0)


@pytest.mark.parametrize("text", ["{}", tf_config({"worker": WORKERS[:1]}, "worker", 0)])
def test_a_tf_config_of_one_host_is_no_cluster(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    assert find_hosts("auto").count == 1


@pytest.mark.parametrize("text", ["{", tf_config({"worker": WORKERS}, "worker", 3)])
def test_a_tf_config_that_says_nothing_of_use_is_refused(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(MachineError, match="which hosts train together") as caught:
        find_hosts("auto")
    assert "TF_CONFIG" in caught.value.detail


def test_the_hosts_are_the_tasks_of_a_step_of_slurm(monkeypatch):
    step = {
        "SLURM_STEP_NUM_TASKS": "4",
        "SLURM_STEP_NODELIST": "node[07-08]",
        "SLURM_STEP_TASKS_PER_NODE": "2(x2)",
        "SLURM_PROCID": "3",
    }
    for name, value in step.items():
        monkeypatch.setenv(name, value)
    hosts = find_hosts("slurm")
    assert (hosts.count, hosts.number) == (4, 3)
    expected = ["node07:8888", "node07:8889", "node08:8888", "node08:8889"]
    assert hosts.resolver.cluster_spec().as_dict() == {"worker": expected}
    assert hosts.resolver.task_id == 3


def test_outside_of_srun_there_are_no_tasks():
    with pytest.raises(MachineError, match="no step of SLURM") as caught:
        find_hosts("slurm")
    assert "srun" in caught.value.fix

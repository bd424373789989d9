import pytest

from cyclegan_tf.cluster.options import ClusterOptions
from cyclegan_tf.errors import UsageError


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"workers": 0}, "--ray-workers is out of range: 0"),
        ({"cpus": 0}, "--ray-cpus is out of range: 0"),
        ({"gpus": -1}, "--ray-gpus is out of range: -1"),
        ({"transfer": "carrier pigeon"}, "not a way to send files: carrier pigeon"),
    ],
)
def test_what_cannot_be_is_refused(values, said):
    with pytest.raises(UsageError, match=said):
        ClusterOptions(**values)


@pytest.mark.parametrize(("cpus", "threads"), [(0.5, 1), (1, 1), (4, 4)])
def test_a_worker_has_a_thread_for_each_processor(cpus, threads):
    assert ClusterOptions(cpus=cpus).threads == threads


def test_without_an_address_the_cluster_is_here():
    assert ClusterOptions().is_local
    assert not ClusterOptions("head:6379").is_local

import sys

import pytest

from cyclegan_tf.cluster import cluster
from cyclegan_tf.cluster.options import ClusterOptions
from cyclegan_tf.cluster.worker import ModelRequest
from cyclegan_tf.errors import ModelError, UsageError


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"pip install 'cyclegan-tf\[ray\]'"):
        cluster.import_ray()


@pytest.mark.parametrize(
    ("options", "resources", "workers"),
    [
        (ClusterOptions(), {"CPU": 8.0}, 8),
        (ClusterOptions(cpus=3), {"CPU": 8.0}, 2),
        (ClusterOptions(gpus=0.5), {"CPU": 8.0, "GPU": 2.0}, 4),
    ],
)
def test_there_are_as_many_workers_as_the_cluster_has_room_for(options, resources, workers):
    assert cluster.room(resources, options) == workers


def test_a_cluster_without_room_is_an_error_with_both_sides():
    with pytest.raises(UsageError, match="needs 1 CPU and 1 GPU; the cluster has 8 CPU, 0 GPU"):
        cluster.room({"CPU": 8.0}, ClusterOptions(gpus=1))


def test_another_version_on_the_cluster_is_refused():
    with pytest.raises(UsageError, match="expected .*; found 0.0.0"):
        cluster.check_version("0.0.0")


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_is_the_error_that_it_is_here(ray, tmp_path):
    options = ClusterOptions(workers=1)
    with (
        pytest.raises(ModelError) as caught,
        cluster.Cluster(options, ModelRequest(tmp_path / "none", "ab")),
    ):
        pass
    assert str(tmp_path / "none") in caught.value.what

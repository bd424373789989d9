import pytest

from cyclegan_tf.errors import ModelError
from cyclegan_tf.measures import keras_networks
from cyclegan_tf.measures.keras_networks import build_keras_network, find_in_cache, load_keras_network


@pytest.mark.parametrize(
    ("name", "side", "dimensions"), [("keras-inception-v3", 299, 2048), ("keras-mobilenet-v3", 224, 960)]
)
def test_a_network_of_keras_takes_its_own_size_and_gives_pooled_features(name, side, dimensions):
    network = build_keras_network(name, None)
    assert network.input_shape == (None, side, side, 3) and network.output_shape == (None, dimensions)


def test_without_weights_and_without_a_connection_the_error_says_what_to_do(monkeypatch):
    if find_in_cache("keras-mobilenet-v3"):
        pytest.skip("Keras has its weights")
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="no weights of keras-mobilenet-v3 on this machine") as caught:
        load_keras_network("keras-mobilenet-v3")
    assert "efficientnet-lite0 needs no download" in caught.value.fix


def test_the_cache_is_that_of_keras(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert find_in_cache("keras-mobilenet-v3") is None
    path = tmp_path / "models" / keras_networks.KERAS_NETWORKS["keras-mobilenet-v3"].file
    path.parent.mkdir()
    path.touch()
    assert find_in_cache("keras-mobilenet-v3") == path

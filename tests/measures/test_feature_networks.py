import numpy as np
import pytest

from cyclegan_tf.errors import UsageError
from cyclegan_tf.measures import feature_networks
from cyclegan_tf.measures.feature_networks import choose_features, load_classifier, load_feature_network
from cyclegan_tf.models.frozen import SHA256, load_efficientnet_lite0


@pytest.fixture
def cached(monkeypatch):
    """Let Keras have downloaded the networks of these names."""
    return lambda *names: monkeypatch.setattr(feature_networks, "find_in_cache", lambda name: name in names)


def test_lite0_judges_where_nothing_is_said(cached):
    cached("keras-inception-v3")
    assert choose_features() == "efficientnet-lite0"


def test_a_model_trained_against_lite0_is_judged_by_a_network_that_is_there(cached):
    cached("keras-mobilenet-v3")
    assert choose_features(["efficientnet-lite0"]) == "keras-mobilenet-v3"


def test_without_another_network_lite0_judges_after_all(cached):
    cached()
    assert choose_features(["efficientnet-lite0"]) == "efficientnet-lite0"


def test_lite0_gives_its_pooled_features_and_its_class_of_each_picture():
    pictures = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    network, classifier = load_feature_network("efficientnet-lite0"), load_classifier()
    assert network.features(pictures).shape == (1, 1280) and network.sha256 == SHA256
    scores = load_efficientnet_lite0()(pictures.astype(np.float32) / 127.5 - 1)[-1].numpy()
    np.testing.assert_allclose(classifier.features(pictures), scores.mean(axis=(1, 2)), atol=1e-4)


@pytest.mark.parametrize(
    "text", ["inception", "efficientnet-lite0:x.pth", "keras-inception-v3:x", "inception-fid"]
)
def test_an_unknown_network_or_one_without_its_file_is_a_usage_error(text):
    with pytest.raises(UsageError) as caught:
        load_feature_network(text)
    assert "inception-fid" in f"{caught.value.what} {caught.value.detail}" and caught.value.fix

import keras
import numpy as np
import pytest

from cyclegan_tf.exporters.keras_file import stock_generator
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import RESNET_BLOCKS, GeneratorSpec

SPECS = (
    GeneratorSpec("resnet_6blocks", width=2),
    GeneratorSpec("resnet_6blocks", width=2, norm_affine=True, upsampling="resize", norm_epsilon=1e-3),
    GeneratorSpec("resnet_6blocks", width=2, upsampling="bilinear", downsampling="blur"),
    GeneratorSpec("unet_128", 1, 2, width=2, norm_affine=True),
)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.architecture}-{spec.upsampling}")
def test_keras_own_layers_give_the_output_of_ours(spec, monkeypatch):
    monkeypatch.setitem(RESNET_BLOCKS, "resnet_6blocks", 1)
    generator, random = build_generator(spec, "generator"), np.random.default_rng(0)
    generator.set_weights(
        [weights + random.normal(0, 0.3, weights.shape) for weights in generator.get_weights()]
    )
    stock = stock_generator(generator)
    images = random.uniform(-1, 1, (2, 128, 128, spec.input_channels)).astype(np.float32)
    np.testing.assert_allclose(stock(images), generator(images), atol=2e-5)
    assert {type(layer).__module__.split(".")[0] for layer in stock.layers} == {"keras"}
    assert not any(isinstance(layer, keras.layers.Lambda) for layer in stock.layers)

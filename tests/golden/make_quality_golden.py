"""Makes quality.npz: FID, KID, SSIM and Inception's features by other people's code.

In an environment of its own, from the repository's root:

    python3 -m venv quality && quality/bin/pip install --group quality-golden
    quality/bin/python tests/golden/make_quality_golden.py

The published weights are not needed: those of the network are drawn by inception_weights.py. The names in the
file:

    inception/arrays     of pytorch-fid's state dictionary, in order: "NAME ROWSxCOLUMNS..."
    inception/pictures   uint8 (count, height, width, channels)
    inception/features   what pytorch-fid computes for them
    sets/NAME/x, y       features: few has fewer rows than columns, many has more
    sets/NAME/fid        of x and y, by pytorch-fid; fid_2 by torch-fidelity
    sets/NAME/kid        of x and the first rows of y, as many as x has, by torch-fidelity
    ssim/x, y, value     uint8 pictures and scikit-image's mean
"""

from pathlib import Path

import numpy as np
import torch
from inception_weights import draw_inception_weights
from pytorch_fid import inception
from pytorch_fid.fid_score import calculate_frechet_distance
from skimage.metrics import structural_similarity
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kernel_mmd


def texts(state):
    """Every array but the counters of batches, and the classifier, which the features do not need."""
    shapes = {name: value.shape for name, value in state.items() if value.ndim and not name.startswith("fc.")}
    return [f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items()]


def inception_numbers():
    def drawn(*_, **__):
        arrays = {name: torch.tensor(value) for name, value in draw_inception_weights(lines).items()}
        return {**blank, **arrays}

    blank = inception._inception_v3(num_classes=1008, aux_logits=False, weights=None).state_dict()
    lines = texts(blank)
    inception.load_state_dict_from_url = drawn
    network = inception.InceptionV3([3]).eval()
    pictures = (
        np.random.RandomState(1).randint(0, 256, (2, 12, 9, 3), dtype=np.uint8).repeat(8, 1).repeat(8, 2)
    )
    with torch.no_grad():
        features = network(torch.tensor(pictures).permute(0, 3, 1, 2) / 255)[0][..., 0, 0]
    return {
        "inception/arrays": np.array(lines),
        "inception/pictures": pictures,
        "inception/features": features.numpy(),
    }


def set_numbers(name, num_x, num_y, columns):
    random = np.random.RandomState(2)
    mixing = random.normal(0, 1, (columns, columns))
    drawn = random.normal(0, 1, (num_x, columns)), random.normal(0.3, 1.2, (num_y, columns))
    x, y = (np.maximum(0, each @ mixing / np.sqrt(columns)).astype(np.float32) for each in drawn)
    wide = [each.astype(np.float64) for each in (x, y)]
    moments = [(each.mean(axis=0), np.cov(each, rowvar=False)) for each in wide]
    statistics = [fid_features_to_statistics(torch.tensor(each)) for each in wide]
    return {
        f"sets/{name}/x": x,
        f"sets/{name}/y": y,
        f"sets/{name}/fid": calculate_frechet_distance(*moments[0], *moments[1]),
        f"sets/{name}/fid_2": fid_statistics_to_metric(*statistics, False)["frechet_inception_distance"],
        f"sets/{name}/kid": kernel_mmd(wide[0], wide[1][:num_x]),
    }


def ssim_numbers():
    random = np.random.RandomState(3)
    x = random.randint(0, 200, (5, 7, 3)).repeat(5, 0).repeat(5, 1).astype(np.uint8)
    y = np.clip(x * 0.8 + 20 + random.normal(0, 15, x.shape), 0, 255).astype(np.uint8)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    value = structural_similarity(x, y, channel_axis=-1, **options)
    return {"ssim/x": x, "ssim/y": y, "ssim/value": value}


def main():
    numbers = inception_numbers() | set_numbers("few", 12, 20, 32) | set_numbers("many", 80, 100, 24)
    np.savez_compressed(Path(__file__).with_name("quality.npz"), **(numbers | ssim_numbers()))


if __name__ == "__main__":
    main()

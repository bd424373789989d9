"""Signs of a failing training run, as pure functions of values and pictures."""

import math

import numpy as np

# Least squares starts near 0.5 and settles near 0.25; the others likewise in their own units.
WON_BELOW = {"lsgan": 0.02, "vanilla": 0.05, "hinge": 0.08}
INVERTED_BELOW = -0.3
COLLAPSED_BELOW = 0.1
UNCHANGED_BELOW_GREY_LEVELS = 3.0
_LUMA = np.array([0.299, 0.587, 0.114])

ADVICE = {
    "inversion": "colours are being inverted; start again with another train.seed, or lambda_identity 0.5",
    "collapse": "different inputs give similar outputs (mode collapse); lower train.learning_rate, raise "
    "losses.lambda_a and lambda_b, or add pictures",
    "won": "the discriminator has won and teaches nothing more; lower train.learning_rate, make it narrower "
    "(model.discriminator_width), or add pictures to its domain",
    "unchanged": "the generator returns its input; lower losses.lambda_identity, or check that the domains "
    "differ",
}


def find_non_finite(values: dict[str, float]) -> str | None:
    """Return the name of the first value that is NaN or infinite, or None."""
    return next((name for name, value in values.items() if not math.isfinite(value)), None)


def luminance_correlation(inputs: np.ndarray, outputs: np.ndarray) -> float:
    """Return the mean correlation of brightness between pictures and their translations: -1 for a negative.

    Args:
        inputs: uint8 (count, height, width, channels).
        outputs: the same number of translations.
    """
    pairs = zip(_luminance(inputs), _luminance(outputs))
    return float(np.mean([_correlation(a, b) for a, b in pairs]))


def diversity(inputs: np.ndarray, outputs: np.ndarray) -> float:
    """Return how different the outputs are from each other, relative to the inputs.

    Returns:
        Mean distance of neighbours among the outputs over that among the inputs; 1 if the inputs are alike.
    """
    among_inputs = _mean_difference(inputs, np.roll(inputs, 1, axis=0))
    if among_inputs == 0:
        return 1.0
    return _mean_difference(outputs, np.roll(outputs, 1, axis=0)) / among_inputs


def signs(inputs: np.ndarray, outputs: np.ndarray) -> set[str]:
    """Return the names, of those in ADVICE, of what looks wrong in a generator's translations.

    Args:
        inputs: uint8 (count, height, width, channels), different pictures.
        outputs: their translations.
    """
    found = set()
    if luminance_correlation(inputs, outputs) < INVERTED_BELOW:
        found.add("inversion")
    if len(inputs) > 1 and diversity(inputs, outputs) < COLLAPSED_BELOW:
        found.add("collapse")
    if inputs.shape == outputs.shape and _mean_difference(inputs, outputs) < UNCHANGED_BELOW_GREY_LEVELS:
        found.add("unchanged")
    return found


def has_won(adversarial: str, mean_loss: float) -> bool:
    """Return whether a discriminator's mean loss is so low that its generator learns nothing from it."""
    return mean_loss < WON_BELOW.get(adversarial, -math.inf)


def _luminance(pictures: np.ndarray) -> np.ndarray:
    weights = _LUMA if pictures.shape[-1] == 3 else np.full(pictures.shape[-1], 1 / pictures.shape[-1])
    return pictures.astype(np.float64) @ weights


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a.ravel() - a.mean(), b.ravel() - b.mean()
    scale = np.sqrt(np.sum(a * a) * np.sum(b * b))
    return float(np.sum(a * b) / scale) if scale > 0 else 0.0


def _mean_difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.mean(np.abs(a.astype(np.float64) - b.astype(np.float64))))

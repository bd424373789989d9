"""A model folder for distribution with the package: float16 weights and a fuller card."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from cyclegan_tf.errors import ModelError
from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.folder import load_generator, load_mask_network, save_model

_LARGEST = float(np.finfo(np.float16).max)


class _Half:
    """A variable that is stored in 16 bits.

    Args:
        variable: a Keras variable.
    """

    def __init__(self, variable):
        self._variable, self.shape, self.dtype = variable, variable.shape, np.dtype(np.float16)

    def numpy(self) -> np.ndarray:
        """Return the value as float16."""
        value = self._variable.numpy()
        if np.abs(value).max(initial=0) > _LARGEST:
            raise ModelError(f"a weight is too large for 16 bits: {self._variable.path}")
        return value.astype(np.float16)


def ship_model(source: Path, target: Path, about: dict) -> None:
    """Write a copy of a model folder with weights in float16.

    Args:
        source: a model folder.
        target: the folder to write, such as cyclegan_tf/models/horse2zebra.
        about: data, recipe, scores and limits, for the card; they replace what the source says of them.

    Raises:
        ModelError: the model is damaged, or a weight does not fit in 16 bits.
    """
    card = load_card(source)
    networks = {direction: load_generator(source, direction) for direction in card.generators}
    masks = load_mask_network(source)
    card = replace(card, provenance={**card.provenance, **about})
    save_model(target, networks, card, masks and masks.decoder, store=_Half)

"""The loss scale of float16 in checkpoints: the one part of the state that depends on the precision."""

import logging
import re
from collections.abc import Mapping

import numpy as np

_PART = "loss_scale"
_NUMBERED = re.compile(r"(\w+_optimizer)/(\d{3})_(\w+)")
_LOGGER = logging.getLogger("cyclegan_tf")


def optimizer_variables(name: str, optimizer) -> dict:
    """Return an optimizer's variables by name; those of Adam have the same names under every precision.

    Args:
        name: of the optimizer in the state.
        optimizer: Adam, or a LossScaleOptimizer around it.
    """
    adam = getattr(optimizer, "inner_optimizer", optimizer)
    # Layers of the two networks of an optimiser share their names, so the index distinguishes them.
    # Not the path: it begins with the optimiser's name, which Keras numbers within the process.
    found = {f"{name}/{index:03d}_{each.name}": each for index, each in enumerate(adam.variables)}
    inner = {id(variable) for variable in adam.variables}
    scale = [variable for variable in optimizer.variables if id(variable) not in inner]
    return found | {f"{name}/{_PART}/{variable.name}": variable for variable in scale}


def fitted_to(state: Mapping, arrays: Mapping[str, np.ndarray]) -> tuple[dict, dict]:
    """Fit a saved state to a model of another precision, whose loss scale it lacks or has beyond need.

    Args:
        state: the model's variables by name.
        arrays: the saved values by name.

    Returns:
        The variables to assign and their values: without the loss scale where only one side has it.
    """
    arrays = _present_names(arrays)
    extra = {name for name in set(state) ^ set(arrays) if f"/{_PART}/" in name}
    if extra & set(state):
        _LOGGER.info("the checkpoint is of another precision; the loss scale of float16 begins anew")
    elif extra:
        _LOGGER.info("the checkpoint is of float16; its loss scale is left out")
    kept = {name: state[name] for name in state if name not in extra}
    return kept, {name: arrays[name] for name in arrays if name not in extra}


def _present_names(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Rename the variables of float16 checkpoints in which the loss scale was numbered with the others."""
    last = {m[1]: int(m[2]) for m in map(_NUMBERED.fullmatch, arrays) if m and m[3] == "dynamic_scale"}
    return {_present_name(name, last): array for name, array in arrays.items()}


def _present_name(name: str, last: dict[str, int]) -> str:
    """Return the present name of a variable; `last` is the number of the loss scale's last, by optimizer."""
    found = _NUMBERED.fullmatch(name)
    if found is None or found[1] not in last:
        return name
    optimizer, number, variable = found[1], int(found[2]), found[3]
    if number <= last[optimizer]:
        return f"{optimizer}/{_PART}/{variable}"
    return f"{optimizer}/{number - last[optimizer] - 1:03d}_{variable}"

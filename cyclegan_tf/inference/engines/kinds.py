"""Which engines and number formats can be asked for, and which of them this machine has."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, get_args

from cyclegan_tf.errors import MachineError, UsageError
from cyclegan_tf.system.precision import resolve_precision

EngineName = Literal["auto", "tensorflow", "openvino"]
PrecisionName = Literal["auto", "float32", "bfloat16", "float16", "int8"]


@dataclass(frozen=True)
class Engine:
    """A runtime and its number format.

    Attributes:
        name: "tensorflow" or "openvino".
        precision: "float32", "bfloat16" or "float16".
    """

    name: str = "tensorflow"
    precision: str = "float32"

    def __str__(self) -> str:
        return f"{self.name} {self.precision}"


REFERENCE = Engine()


def check_request(name: str, precision: str) -> None:
    """Refuse what no machine can do, or this one not without another package; needs no TensorFlow.

    Raises:
        UsageError: an unknown name, or int8.
        MachineError: the engine is not installed.
    """
    for what, value, allowed in (
        ("engine", name, get_args(EngineName)),
        ("precision", precision, get_args(PrecisionName)),
    ):
        if value not in allowed:
            raise UsageError(
                f"not a choice for {what}: {value}",
                detail=f"expected one of {', '.join(allowed)}",
                fix="leave it out, or give one of these",
            )
    if precision == "int8":
        raise UsageError(
            "no model translates in int8",
            detail="quantised with care, generators keep 46 to 57 dB PSNR to their own output, but "
            "are hardly faster than in bfloat16",
            fix="leave --precision out",
        )
    if name == "openvino" and not is_installed(name):
        raise MachineError(
            "OpenVINO is not installed",
            detail="--engine openvino needs the package openvino",
            fix="pip install 'cyclegan-tf[openvino]', or leave --engine out",
        )


def engines_for(name: str, precision: str) -> list[Engine]:
    """Return the engines that a request allows on this machine; one, unless they are to be measured.

    Args:
        name: of EngineName.
        precision: of PrecisionName.

    Raises:
        UsageError, MachineError: as `check_request`, and if no engine here has the precision.
    """
    check_request(name, precision)
    names = [one for one in ("tensorflow", "openvino") if name in ("auto", one) and is_installed(one)]
    found = [Engine(one, each) for one in names for each in _formats(one)]
    allowed = [engine for engine in found if precision in ("auto", engine.precision)]
    if not allowed:
        raise MachineError(
            f"this machine has no {precision} arithmetic for {' or '.join(names)}",
            detail=f"expected a processor or GPU with instructions for {precision}; found "
            + ", ".join(dict.fromkeys(engine.precision for engine in found)),
            fix="leave --precision out, or give --precision float32",
        )
    return allowed


def is_installed(name: str) -> bool:
    """Tell whether an engine's package is there."""
    return find_spec(name) is not None


def _formats(name: str) -> tuple[str, ...]:
    if name == "tensorflow":
        return tuple(dict.fromkeys(("float32", resolve_precision("auto"))))
    from cyclegan_tf.inference.engines.openvino_runtime import openvino_formats

    return openvino_formats()

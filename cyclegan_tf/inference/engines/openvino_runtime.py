"""OpenVINO without its telemetry, and what it can compute on this processor."""

import sys
from functools import cache
from types import ModuleType

_FORMATS = {"BF16": "bfloat16", "FP16": "float16"}


def import_openvino() -> ModuleType:
    """Import OpenVINO.

    It sends telemetry to its maker from forked copies of this process, which may never end. It sends none if
    this module cannot be imported.
    """
    sys.modules.setdefault("openvino_telemetry", None)
    import openvino

    return openvino


@cache
def openvino_core():
    """Return OpenVINO's runtime, one for the process."""
    return import_openvino().Core()


def openvino_formats() -> tuple[str, ...]:
    """Return the number formats that the processor has instructions for, float32 first."""
    able = openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return ("float32", *(name for code, name in _FORMATS.items() if code in able))

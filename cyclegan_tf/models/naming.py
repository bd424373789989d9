"""Names of folders that are written: none may promise the file of another program."""

import re
from pathlib import Path

# As in horses.v2 or model-1.0, which end in no suffix of a file.
_VERSION = re.compile(r"\.v?\d[\w-]*")
# Suffixes of models and data of other programs, which nobody means as the name of a folder.
OTHER_SUFFIXES = (
    *(
        ".bin",
        ".blob",
        ".caffemodel",
        ".ckpt",
        ".dlc",
        ".engine",
        ".gguf",
        ".h5",
        ".hdf5",
        ".json",
        ".mlmodel",
    ),
    *(
        ".mlmodelc",
        ".mlpackage",
        ".mnn",
        ".npz",
        ".onnx",
        ".om",
        ".ort",
        ".param",
        ".pb",
        ".pbtxt",
        ".pdmodel",
    ),
    *(".pickle", ".pkl", ".plan", ".pt", ".pte", ".pth", ".ptl", ".rknn", ".safetensors", ".tar", ".tflite"),
    *(".torchscript", ".trt", ".uff", ".xml", ".zip", ".keras"),
)


def promised_suffix(folder: Path, *, is_meant: bool = False) -> str:
    """Return the suffix by which the name of a folder promises a file; empty if it does not.

    Args:
        folder: where a folder is to be written.
        is_meant: whether the user said that it is a folder: then only suffixes that are known count.
    """
    suffix = folder.suffix.lower()
    if suffix in OTHER_SUFFIXES:
        return suffix
    return "" if is_meant or _VERSION.fullmatch(suffix) else suffix

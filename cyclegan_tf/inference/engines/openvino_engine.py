"""Translation by OpenVINO: a generator with its mask network, compiled for each size of picture."""

import hashlib
import logging
import tempfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import tensorflow as tf

from cyclegan_tf.errors import UserError
from cyclegan_tf.inference.engines.cache_folder import cache_folder
from cyclegan_tf.inference.engines.constant_graph import (
    constant_function,
    converter_silenced,
    fusible_normalise,
)
from cyclegan_tf.inference.engines.openvino_runtime import import_openvino, openvino_core
from video.core.files import make_folder, replace_folder

# Rises when the graph that is converted changes.
_GRAPH_FORMAT = 1
_HINTS = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}
_SIZES_AT_ONCE = 4
_FILE = "translation.xml"
_LOGGER = logging.getLogger("cyclegan_tf")


class OpenVinoEngine:
    """A translation from pictures to pictures, computed by OpenVINO.

    A model is converted once and kept in the user's cache. For each size of picture it is then compiled, in a
    fraction of a second. Pictures go through one at a time, so a batch changes nothing.

    Args:
        module: a `PictureTranslator`.
        weights_digest: of all that `module` computes with; the cache finds the model by it.
        precision: "float32", "bfloat16" or "float16".
    """

    def __init__(self, module, weights_digest: str, precision: str):
        self._module, self._digest = module, weights_digest
        self._settings = {
            # OpenVINO would choose bfloat16 by itself where the processor has it.
            "INFERENCE_PRECISION_HINT": _HINTS[precision],
            # Threads that are tied to a core wait for whatever else runs there, as a decoder.
            "ENABLE_CPU_PINNING": False,
        }
        self._compiled = OrderedDict()

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Translate pictures.

        Args:
            batch: uint8 or uint16 (batch, height, width, channels).

        Returns:
            The translated pictures of the same dtype, and for each whether all its values were finite.

        Raises:
            MemoryError: if one picture is too large.
        """
        request = self._request(batch.shape[1:], batch.dtype)
        results = []
        for picture in batch:
            request.infer({0: picture[np.newaxis]})
            results.append([request.get_output_tensor(place).data.copy() for place in (0, 1)])
        translated, finite = (np.concatenate(parts) for parts in zip(*results))
        return translated, finite.astype(bool)

    def _request(self, shape: tuple, dtype: np.dtype):
        key = (shape, dtype)
        if key not in self._compiled:
            model = openvino_core().read_model(self._converted(dtype))
            model.reshape({0: [1, *shape]})
            try:
                compiled = openvino_core().compile_model(model, "CPU", self._settings)
            except RuntimeError as error:
                if "alloc" in str(error).lower():
                    raise MemoryError(str(error).splitlines()[0]) from error
                raise
            self._compiled[key] = compiled.create_infer_request()
            if len(self._compiled) > _SIZES_AT_ONCE:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(key)
        return self._compiled[key]

    def _converted(self, dtype: np.dtype) -> Path:
        """Return the model's file, converted now if the cache does not hold it."""
        described = f"{self._digest} {dtype} {import_openvino().__version__} {_GRAPH_FORMAT}"
        folder = cache_folder() / "openvino" / hashlib.sha256(described.encode()).hexdigest()[:32]
        if (folder / _FILE).is_file():
            return folder / _FILE
        try:
            make_folder(folder.parent)
            with replace_folder(folder) as aside:
                self._convert(dtype, aside / _FILE)
            return folder / _FILE
        except UserError as error:
            _LOGGER.warning("the engine's model is not kept for the next run: %s", error.what)
        self._scratch = tempfile.TemporaryDirectory(prefix="cyclegan-tf-")
        self._convert(dtype, Path(self._scratch.name, _FILE))
        return Path(self._scratch.name, _FILE)

    def _convert(self, dtype: np.dtype, target: Path) -> None:
        channels = self._module.spec.input_channels
        signature = [tf.TensorSpec((None, None, None, channels), tf.as_dtype(dtype), name="image")]

        def translate(image):
            translated, finite = self._module.translate(image, fusible_normalise)
            return translated, tf.cast(finite, tf.uint8)

        with converter_silenced(), tempfile.TemporaryDirectory() as scratch:
            graph = Path(scratch, "translation.pb")
            graph.write_bytes(
                constant_function(translate, signature).graph.as_graph_def().SerializeToString()
            )
            openvino, model = import_openvino(), openvino_core().read_model(graph)
            # Converted graphs forget the order of their outputs; pictures have four dimensions, flags one.
            results = sorted(model.get_results(), key=lambda result: -len(result.get_output_partial_shape(0)))
            ordered = openvino.Model(results, model.get_parameters(), "translation")
            openvino.save_model(ordered, target, compress_to_fp16=False)

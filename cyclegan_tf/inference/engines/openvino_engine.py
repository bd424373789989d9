"""Translation by OpenVINO: a generator with its mask network, compiled for pictures of any size."""

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tensorflow as tf

from cyclegan_tf.errors import MachineError, UserError
from cyclegan_tf.inference.engines.cache_folder import cache_folder
from cyclegan_tf.inference.engines.constant_graph import constant_function, converter_silenced
from cyclegan_tf.inference.engines.fast_layers import FOR_OPENVINO
from cyclegan_tf.inference.engines.openvino_runtime import import_openvino, openvino_core
from video.core.files import make_folder, replace_folder

# Rises when the graph that is converted changes.
_GRAPH_FORMAT = 4
_HINTS = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}
_LOGGER = logging.getLogger("cyclegan_tf")


class OpenVinoEngine:
    """A translation from pictures to pictures, computed by OpenVINO.

    A model is converted once and kept in the user's cache; each process compiles it from there, in less than
    a second. Compiled for one size it is no faster. Pictures go through one at a time, so a batch changes
    nothing.

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
        self._requests = {}

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Translate pictures.

        Args:
            batch: uint8 or uint16 (batch, height, width, channels).

        Returns:
            The translated pictures of the same dtype, and for each whether all its values were finite.

        Raises:
            MemoryError: if one picture is too large.
        """
        request, results = self._request(batch.dtype), []
        for picture in batch:
            try:
                request.infer({0: picture[np.newaxis]})
            except RuntimeError as error:
                if "alloc" in str(error).lower():
                    raise MemoryError(str(error).splitlines()[0]) from error
                raise
            results.append([request.get_output_tensor(place).data.copy() for place in (0, 1)])
        translated, finite = (np.concatenate(parts) for parts in zip(*results))
        return translated, finite.astype(bool)

    def _request(self, dtype: np.dtype):
        """Return what runs the model for pictures of a dtype, compiled when it is first used."""
        if dtype not in self._requests:
            compiled = openvino_core().compile_model(self._model(dtype), "CPU", self._settings)
            self._requests[dtype] = compiled.create_infer_request()
        return self._requests[dtype]

    def _model(self, dtype: np.dtype):
        """Return the model from the cache; without it, convert it and keep it there."""
        path = self._cached(dtype)
        if path.is_file():
            try:
                return openvino_core().read_model(path)
            except RuntimeError:
                _LOGGER.warning("damaged and made again: %s", path.parent)
        model = self._convert(dtype)
        try:
            make_folder(path.parent.parent)
            with replace_folder(path.parent) as aside:
                import_openvino().save_model(model, aside / path.name, compress_to_fp16=False)
        except (UserError, RuntimeError, OSError) as error:
            _LOGGER.warning("the converted model is not kept: %s", str(error).splitlines()[0])
        return model

    def _cached(self, dtype: np.dtype) -> Path:
        described = f"{self._digest} {dtype} {import_openvino().__version__} {_GRAPH_FORMAT}"
        name = hashlib.sha256(described.encode()).hexdigest()[:32]
        return cache_folder() / "openvino" / name / "translation.xml"

    def _convert(self, dtype: np.dtype):
        channels = self._module.spec.input_channels
        signature = [tf.TensorSpec((None, None, None, channels), tf.as_dtype(dtype), name="image")]

        def translate(image):
            translated, finite = self._module.translate(image, FOR_OPENVINO)
            return translated, tf.cast(finite, tf.uint8)

        with _full_disk_explained(), converter_silenced(), tempfile.TemporaryDirectory() as scratch:
            graph = Path(scratch, "translation.pb")
            graph.write_bytes(
                constant_function(translate, signature).graph.as_graph_def().SerializeToString()
            )
            model = openvino_core().read_model(graph)
            # Converted graphs forget the order of their outputs; pictures have four dimensions, flags one.
            results = sorted(model.get_results(), key=lambda result: -len(result.get_output_partial_shape(0)))
            return import_openvino().Model(results, model.get_parameters(), "translation")


@contextmanager
def _full_disk_explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(
            f"the model cannot be converted for OpenVINO: {error.strerror}",
            detail=f"expected a few megabytes of room in {tempfile.gettempdir()}",
            fix="make room there, set TMPDIR to another folder, or give --engine tensorflow",
        ) from error

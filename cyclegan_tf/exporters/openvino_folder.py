"""OpenVINO's IR format: generator.xml and generator.bin."""

import tempfile
from pathlib import Path

from cyclegan_tf.exporters.graph import INPUT, OUTPUT, frozen_graph
from cyclegan_tf.inference.engines.constant_graph import converter_silenced
from cyclegan_tf.inference.engines.fast_layers import FOR_OPENVINO
from cyclegan_tf.inference.engines.openvino_runtime import import_openvino

# Without the hint, OpenVINO computes in bfloat16 on processors that support it.
RUN = """
import sys
sys.modules["openvino_telemetry"] = None
import numpy as np
import openvino
settings = {"INFERENCE_PRECISION_HINT": "f32"}
model = openvino.Core().compile_model(f"{sys.argv[1]}/generator.xml", "CPU", settings)
inputs = np.load(sys.argv[2])
np.savez(sys.argv[3], **{name: model({"image": inputs[name]})["translated"] for name in inputs.files})
"""


def write(translator, target: Path, size: tuple[int, int] | None, *_) -> None:
    """Write a folder that maps `image` to `translated`, both uint8 (batch, height, width, channels)."""
    with converter_silenced(), tempfile.TemporaryDirectory() as scratch:
        openvino = import_openvino()
        graph = Path(scratch, "generator.pb")
        graph.write_bytes(frozen_graph(translator, size, FOR_OPENVINO).SerializeToString())
        model = openvino.Core().read_model(graph)
        model.input(0).get_tensor().set_names({INPUT})
        model.output(0).get_tensor().set_names({OUTPUT})
        openvino.save_model(model, target / "generator.xml", compress_to_fp16=False)

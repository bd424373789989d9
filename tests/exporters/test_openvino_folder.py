import sys

from cyclegan_tf.exporters import openvino_folder
from cyclegan_tf.inference.translator import Translator


def test_the_telemetry_of_openvino_is_not_loaded(tiny_run, shallow_generators, tmp_path):
    openvino_folder.write(Translator.load(tiny_run), tmp_path, None)
    assert (tmp_path / "generator.xml").is_file()
    loaded = [name for name, module in sys.modules.items() if module is not None]
    assert [name for name in loaded if name.startswith("openvino_telemetry")] == []

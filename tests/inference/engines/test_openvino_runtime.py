import sys

from cyclegan_tf.inference.engines.openvino_runtime import import_openvino, openvino_core, openvino_formats


def test_the_telemetry_is_not_loaded():
    import_openvino()
    loaded = [name for name, module in sys.modules.items() if module is not None]
    assert [name for name in loaded if name.startswith("openvino_telemetry")] == []


def test_every_processor_computes_in_float32():
    assert openvino_formats()[0] == "float32"


def test_the_process_has_one_runtime():
    assert openvino_core() is openvino_core()

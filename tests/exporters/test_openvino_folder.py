import openvino_telemetry

from cyclegan_tf.exporters import openvino_folder
from cyclegan_tf.translate import Translator


def test_a_conversion_is_reported_to_nobody(tiny_run, shallow_generators, tmp_path, monkeypatch):
    # OpenVINO's own converter does so, from processes that it forks.
    reported = []
    monkeypatch.setattr(
        openvino_telemetry.Telemetry, "send_event", lambda *event, **more: reported.append(event)
    )
    openvino_folder.write(Translator.load(tiny_run), tmp_path, None)
    assert (tmp_path / "generator.xml").is_file()
    assert reported == []

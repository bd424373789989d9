import pytest

from cyclegan_tf.system import processor


@pytest.mark.parametrize(
    ("flags", "has"),
    [("avx2", False), ("avx512f", False), ("avx512_bf16", True), ("amx_tile amx_bf16", True)],
)
def test_bfloat16_is_found_by_the_processors_flags(monkeypatch, tmp_path, flags, has):
    description = tmp_path / "cpuinfo"
    description.write_text(f"processor : 0\nflags\t\t: fpu {flags}\nbugs : none\n")
    monkeypatch.setattr(processor, "_DESCRIPTION", description)
    assert processor.has_bfloat16() is has


def test_a_machine_that_does_not_describe_its_processor_has_none(monkeypatch, tmp_path):
    monkeypatch.setattr(processor, "_DESCRIPTION", tmp_path / "nothing")
    assert processor.has_bfloat16() is False

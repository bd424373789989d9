from pathlib import Path

import pytest

from cyclegan_tf.inference.engines import cache_folder as module
from cyclegan_tf.inference.engines.cache_folder import cache_folder


def test_the_variable_decides(monkeypatch, tmp_path):
    monkeypatch.setenv("CYCLEGAN_TF_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "home/.cache/cyclegan-tf"),
        ("linux", {"XDG_CACHE_HOME": "there"}, "there/cyclegan-tf"),
        ("darwin", {}, "home/Library/Caches/cyclegan-tf"),
        ("win32", {}, "home/AppData/Local/cyclegan-tf"),
    ],
)
def test_without_it_the_system_has_a_place(monkeypatch, platform, variables, expected):
    for name in ("CYCLEGAN_TF_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(module.sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    assert cache_folder() == Path(expected)

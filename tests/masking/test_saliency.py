import sys

import numpy as np
import pytest

from cyclegan_tf.errors import UsageError
from cyclegan_tf.masking import saliency
from cyclegan_tf.masking.saliency import Saliency


def test_a_thing_before_an_even_ground_stands_out():
    pytest.importorskip("onnxruntime")
    picture = np.full((90, 120, 3), (110, 160, 90), np.uint8)
    rows, columns = np.mgrid[:90, :120]
    picture[np.hypot(rows - 45, columns - 60) < 22] = (190, 40, 30)
    found = Saliency()(picture)
    assert found.shape == (224, 224)
    assert found[112, 112] > found[10, 10] + 0.3


def test_a_missing_runtime_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UsageError, match="onnxruntime is not installed") as caught:
        Saliency()
    assert caught.value.fix == "pip install 'cyclegan-tf[masks]'"


def test_a_missing_network_is_named(monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(saliency, "_PACKAGE", "no-such-package-as-this")
    with pytest.raises(UsageError, match="no-such-package-as-this is not installed"):
        Saliency()

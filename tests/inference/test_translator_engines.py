"""A translator whose engine was asked for, or is chosen by measuring."""

import logging

import numpy as np
import pytest

from cyclegan_tf.errors import MachineError
from cyclegan_tf.inference import translator as module
from cyclegan_tf.inference.engines.kinds import REFERENCE, Engine
from cyclegan_tf.inference.translator import Translator
from cyclegan_tf.system import processor

pytestmark = pytest.mark.usefixtures("shallow_generators")
OPENVINO = Engine("openvino", "float32")


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (2, 33, 47, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def masked(masked_model, request):
    """The same model by two engines: TensorFlow, OpenVINO."""
    request.getfixturevalue("shallow_generators")
    return Translator.load(masked_model), Translator.load(masked_model, engine="openvino")


@pytest.mark.slow
def test_a_model_with_masks_translates_alike_with_openvino(masked, scene):
    ours, theirs = (translator(scene).astype(int) for translator in masked)
    assert np.abs(ours - theirs).max() <= 1


def test_the_engine_is_part_of_what_a_translator_says_of_itself(masked):
    assert masked[0].translation_id != masked[1].translation_id


def test_auto_has_no_identity_until_its_first_pictures_settle_it(masked_model, pictures):
    translator = Translator.load(masked_model, engine="auto")
    assert translator.translation_id == ""
    translator(pictures)
    assert translator.verdict.engine in (REFERENCE, OPENVINO)
    assert translator.identities[translator.translation_id] == translator.verdict.engine
    assert translator.request_id != translator.translation_id


def test_what_needs_strips_is_translated_by_tensorflow_and_said_once(
    masked_model, masked, scene, monkeypatch, caplog
):
    monkeypatch.setattr(module, "fits_in_memory", lambda num_bytes: False)
    translator = Translator.load(masked_model, engine="openvino")
    with caplog.at_level(logging.INFO, "cyclegan_tf"):
        for _ in range(2):
            assert np.abs(translator(scene).astype(int) - masked[0](scene)).max() <= 1
    assert caplog.text.count("strips are translated by tensorflow float32, not openvino float32") == 1


def test_auto_measures_nothing_where_strips_are_needed(masked_model, scene, monkeypatch):
    monkeypatch.setattr(module, "fits_in_memory", lambda num_bytes: False)
    verdict = Translator.load(masked_model, engine="auto").settle([scene])
    assert (verdict.engine, verdict.reason) == (REFERENCE, "pictures go through in strips")


def test_a_picture_that_an_engine_has_no_memory_for_goes_through_in_strips(masked_model, masked, scene):
    translator = Translator.load(masked_model, engine="openvino")

    def exhausted(batch):
        raise MemoryError

    translator._built[OPENVINO] = exhausted
    assert np.abs(translator(scene).astype(int) - masked[0](scene)).max() <= 1


def test_a_precision_that_the_processor_lacks_is_refused(masked_model, monkeypatch, tmp_path):
    monkeypatch.setattr(processor, "_DESCRIPTION", tmp_path / "nothing")
    with pytest.raises(MachineError, match="give --precision float32"):
        Translator.load(masked_model, precision="bfloat16")

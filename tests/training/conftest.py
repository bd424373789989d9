"""Small networks for the tests of how they work together."""

import shutil

import pytest

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.models.run import Run
from cyclegan_tf.networks import specs
from cyclegan_tf.training.session import Session


@pytest.fixture(scope="module")
def no_residual_blocks():
    """Generators without residual blocks, which take a third less to build and to run than those with one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(specs.RESNET_BLOCKS, "resnet_6blocks", 0)
        yield


@pytest.fixture
def configured(tiny_data, tiny_options, tmp_path):
    """The configuration of `tiny_run`, to run elsewhere: configured("train.steps=6")."""
    keys = [word for word in tiny_options if "=" in word]
    keys += ["name=tiny", f"data.root={tiny_data}", f"output.folder={tmp_path}"]
    return lambda *changes: load_config("demo", [*keys, *changes])


@pytest.fixture
def half_run(tiny_run, tmp_path):
    """A copy of the finished run as it was after its second step, where `configured` looks for it."""
    run = Run(shutil.copytree(tiny_run, tmp_path / "tiny"))
    shutil.rmtree(run.checkpoints / "step-00000004")
    run.summary.unlink()
    return run


@pytest.fixture
def no_steps(monkeypatch):
    """Everything of a run but the steps, which take their time to compile."""
    monkeypatch.setattr(Session, "_run_steps", lambda *arguments: None)

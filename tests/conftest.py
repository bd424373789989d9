"""What all tests share. Nothing here imports TensorFlow unless a test asks for a graph."""

import contextlib
import os
import random
import runpy
import signal
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

# A shell that starts the tests in the background lets them, and the processes they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
# And nohup lets them ignore a hang up.
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Before anything imports TensorFlow: it reads these once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
# Nothing that a test converts stays with the user.
_cache = tempfile.TemporaryDirectory(prefix="cyclegan-tf-tests-")
os.environ["CYCLEGAN_TF_CACHE"] = _cache.name
# One thread, as a worker of Ray has: the order of a sum, and with it a last bit, depends on their number, and
# must not depend on how the tests are started. Where every core has a worker of xdist, more would only wait.
for _library in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[_library] = "1"


def pytest_unconfigure():
    """Remove what was kept for the next process of these tests."""
    _cache.cleanup()


def pytest_fixture_setup(fixturedef):
    """Give the networks that a fixture builds the same weights in every run, whatever ran before."""
    # Keras draws the seeds of fresh weights from here.
    random.seed(fixturedef.argname)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    """Do the same for those that a test itself builds."""
    random.seed(item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Escape names that are not UTF-8 in what a test logged: a worker could not send its report."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of photos, clips and reference numbers that lies beside the repository."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the reference data, which is not in the repository: no folder ../shared/data")
    return folder


@pytest.fixture(scope="session")
def torch_files():
    """What writes PyTorch's files, and random weights to write: containers/torch_files.py."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "containers" / "torch_files.py")))


@pytest.fixture(params=["eager", "graph"])
def compiled(request):
    """Leaves a function of tensors as it is, or makes it a graph: compiled(function)(*arguments)."""
    if request.param == "eager":
        return lambda function: function

    import tensorflow as tf

    return tf.function


# The least that has every part of a run in it.
TINY_OPTIONS = (
    "data.load_size=36",
    "data.crop_size=32",
    "model.generator_width=4",
    "model.discriminator_layers=1",
    "model.discriminator_width=4",
    "train.steps=4",
    "train.history_size=2",
    "train.precision=float32",
    "output.checkpoint_every_steps=2",
    "output.sample_every_steps=2",
    "output.log_every_steps=2",
    "output.num_samples=2",
)


@pytest.fixture(scope="session")
def command():
    """Runs the command line in this process: command("export", MODEL, OUT).exit_code, .stdout, .stderr."""
    from typer.testing import CliRunner

    from cyclegan_tf.cli.app import app

    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="session")
def tiny_options() -> tuple[str, ...]:
    """What makes a run of four steps out of the preset demo, on the command line."""
    return ("--config", "demo", *(word for option in TINY_OPTIONS for word in ("--set", option)))


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory) -> Path:
    """A data set of four and three small pictures; do not write into it."""
    import numpy as np
    from PIL import Image

    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(0)
    for domain, count in (("trainA", 4), ("trainB", 3)):
        (folder / domain).mkdir()
        for index in range(count):
            pixels = random.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / domain / f"{index}.png")
    return folder


@pytest.fixture(scope="session")
def tiny_fit(command, tiny_data, tiny_options, tmp_path_factory):
    """What `cyclegan-tf fit` said when it made `tiny_run`."""
    runs = tmp_path_factory.mktemp("runs")
    # Always, or the bits of `tiny_run` would depend on who asks for it first.
    with pytest.MonkeyPatch.context() as patch, _eagerly():
        _make_shallow(patch)
        result = command("fit", tiny_data, *tiny_options, "--name", "tiny", "--set", f"output.folder={runs}")
    assert result.exit_code == 0, result.stderr
    result.runs = runs
    return result


@pytest.fixture(scope="session")
def tiny_run(tiny_fit) -> Path:
    """The folder of a finished run; do not write into it. It takes `shallow_generators` to load its model."""
    return tiny_fit.runs / "tiny"


@pytest.fixture(scope="module")
def shallow_generators():
    """Generators with one residual block instead of six, which tests of what is around them build faster."""
    with pytest.MonkeyPatch.context() as patch:
        _make_shallow(patch)
        yield


def _make_shallow(patch) -> None:
    from cyclegan_tf.networks import specs

    patch.setitem(specs.RESNET_BLOCKS, "resnet_6blocks", 1)


@pytest.fixture(scope="module")
def without_graphs():
    """Steps run as they are written: the few of a test are done before a graph would be traced."""
    with _eagerly():
        yield


@contextlib.contextmanager
def _eagerly():
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


@pytest.fixture(scope="session")
def masked_model(tmp_path_factory) -> Path:
    """A model folder of direction ab with a mask network, untrained; its generator has one residual block."""
    import keras
    import numpy as np

    from cyclegan_tf.models.card import ModelCard
    from cyclegan_tf.models.folder import save_model
    from cyclegan_tf.networks.generators import build_generator
    from cyclegan_tf.networks.mask_network import build_mask_decoder
    from cyclegan_tf.networks.specs import GeneratorSpec

    folder = tmp_path_factory.mktemp("masked") / "model"
    spec = GeneratorSpec("resnet_6blocks", width=4, norm_affine=True, upsampling="transposed_4")
    with pytest.MonkeyPatch.context() as patch:
        _make_shallow(patch)
        generator, random = build_generator(spec, "generator_ab"), np.random.default_rng(0)
        # Wider than fresh weights, so that a translation is far from its input.
        generator.set_weights([w + random.normal(0, 0.1, w.shape) for w in generator.get_weights()])
        card = ModelCard({"ab": spec}, (48, 64), masked=True)
        keras.utils.set_random_seed(0)
        save_model(folder, {"ab": generator}, card, build_mask_decoder())
    return folder


@pytest.fixture(scope="session")
def scene():
    """A drawn picture, uint8 (50, 64, 3), of which the mask of `masked_model` has black, white and grey."""
    from cyclegan_tf.data.scenes import draw_scene

    return draw_scene(0, "winter", width=64, height=50, unit=32)


@pytest.fixture(scope="session")
def display_p3() -> bytes:
    """The colour profile of Display P3: that of sRGB with P3's primaries (SMPTE EG 432-1, adapted to D50)."""
    import struct

    from PIL import ImageCms

    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    primaries = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for number in range(struct.unpack_from(">I", data, 128)[0]):
        tag, start = struct.unpack_from(">4sI", data, 132 + 12 * number)
        if tag in primaries:
            struct.pack_into(">3i", data, start + 8, *(round(value * 65536) for value in primaries[tag]))
    return bytes(data)


@pytest.fixture(scope="session")
def srgb_of_display_p3():
    """Converts uint8 Display P3 to sRGB in float64, by the matrices of the standards."""
    import numpy as np

    to_xyz = np.array(
        [
            [0.48657095, 0.26566769, 0.19821729],
            [0.22897456, 0.69173852, 0.07928691],
            [0, 0.04511338, 1.04394437],
        ]
    )
    from_xyz = np.array(
        [
            [3.24096994, -1.53738318, -0.49861076],
            [-0.96924364, 1.8759675, 0.04155506],
            [0.05563008, -0.20397696, 1.05697151],
        ]
    )

    def convert(pixels):
        stored = pixels / 255
        light = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
        linear = np.clip(light @ to_xyz.T @ from_xyz.T, 0, 1)
        return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)

    return convert

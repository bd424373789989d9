"""Every command of docs/tutorial.md, in its order and as it stands there, on pictures as phones make them."""

import re
import shlex
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.data.scenes import draw_scene

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
COMMANDS = re.findall(r"(?m)^cyclegan-tf (.+)$", (ROOT / "docs" / "tutorial.md").read_text())
# The training alone is made smaller than the page says.
SMALL = (
    "data.load_size=36",
    "data.crop_size=32",
    "model.generator_width=4",
    "model.discriminator=n_layers",
    "model.discriminator_layers=1",
    "model.discriminator_width=4",
    "losses.lambda_identity=0",
    "train.steps=2",
    "train.precision=float32",
    "output.num_samples=1",
    "output.evaluate_every_steps=0",
)


def take_picture(path, seed, season):
    """Every other picture was taken with the phone held upright, which EXIF says and the pixels do not."""
    upright = Image.fromarray(draw_scene(seed, season, width=72, height=96))
    exif = Image.Exif()
    if seed % 2:
        exif[0x0112] = 6
        upright = upright.rotate(90, expand=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    upright.save(path, quality=90, exif=exif)


@pytest.fixture(scope="module")
def results(command, shallow_generators, tmp_path_factory):
    """The folder in which all commands ran, with what each returned."""
    folder = tmp_path_factory.mktemp("tutorial")
    for seed in range(6):
        take_picture(folder / "photos" / "summer" / f"IMG_{seed:04}.jpg", seed, "summer")
        take_picture(folder / "photos" / "winter" / f"IMG_{seed + 10:04}.jpg", seed + 10, "winter")
    for seed in (20, 21):
        take_picture(folder / "photos" / "held-out" / f"IMG_{seed:04}.jpg", seed, "summer")
    shutil.copy(ROOT / "tests" / "clips" / "walk.mp4", folder)
    smaller = [word for option in SMALL for word in ("--set", option)]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        ran = []
        for line in COMMANDS:
            words = shlex.split(line, comments=True)
            ran.append(command(*words, *(smaller if words[0] == "fit" else [])))
    return folder, ran


def test_every_command_does_what_it_is_for(results):
    failed = {line: ran.stderr for line, ran in zip(COMMANDS, results[1], strict=True) if ran.exit_code}
    assert failed == {}


def test_the_page_goes_all_the_way():
    verbs = [line.split()[0] for line in COMMANDS]
    assert list(dict.fromkeys(verbs)) == ["check-data", "fit", "info", "image", "video", "export"]


def test_pictures_come_out_upright_under_their_names(results):
    for name in ("IMG_0020.jpg", "IMG_0021.jpg"):
        with Image.open(results[0] / "translated" / name) as picture:
            turned = picture.getexif().get(0x0112, 1) == 6
            assert picture.size == ((96, 72) if turned else (72, 96))


def test_the_clip_has_every_frame_at_its_time_and_its_sound(results):
    def times_and_sound(path):
        with av.open(str(path)) as container:
            packets = [(packet.stream.type, packet) for packet in container.demux() if packet.size]
        times = sorted(packet.pts * packet.time_base for kind, packet in packets if kind == "video")
        return times, [bytes(packet) for kind, packet in packets if kind == "audio"]

    before, after = (times_and_sound(results[0] / name) for name in ("walk.mp4", "winter.mp4"))
    np.testing.assert_allclose(np.array(after[0], float), np.array(before[0], float), atol=1e-4)
    assert after[1] == before[1]

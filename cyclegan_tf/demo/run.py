"""The demo: every part of the program on a small data set whose true translation is known."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

import video
from cyclegan_tf.config.loading import load_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.demo.data import melody, pan_frames, write_demo_data
from cyclegan_tf.errors import OutputError
from cyclegan_tf.exporters.exporting import export_model
from cyclegan_tf.images.grid import image_grid
from cyclegan_tf.images.listing import list_images
from cyclegan_tf.images.reading import read_image
from cyclegan_tf.images.writing import Output, write_output
from cyclegan_tf.inference.translator import PictureTranslator, Translator
from cyclegan_tf.measures.psnr import psnr
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.training.fit import fit
from video.core.disk import output_error
from video.core.files import write_atomic

MARKER_FILE = "demo.json"
GRID_LABELS = ("summer", "to winter", "true winter", "winter", "to summer", "true summer")
GRID_ROWS, GRID_SCALE = 6, 3
CLIP_SEED, CLIP_FRAMES, CLIP_RATE = 7, 48, 24


@dataclass(frozen=True)
class Score:
    """PSNR of held-out pictures to their true translation in one direction, in dB.

    Attributes:
        unchanged: PSNR of the input itself.
        before: PSNR of the untrained generator.
        after: PSNR of the trained generator.
    """

    unchanged: float
    before: float
    after: float


@dataclass(frozen=True)
class DemoReport:
    """The results of the demo.

    Attributes:
        scores: scores by direction, "ab" (summer to winter) and "ba".
        files: paths of the outputs by their description.
        seconds: duration of the whole demo.
    """

    scores: dict[str, Score]
    files: dict[str, str]
    seconds: float


def run_demo(folder: Path, say: Callable[[str], None], progress: str = "auto") -> DemoReport:
    """Draw pictures, train, measure, translate a clip and export.

    Args:
        folder: output folder; that of an earlier demo is replaced.
        say: called with a line of text at each stage.
        progress: of the training, on stderr: "auto" a bar or lines, "json" lines of JSON, "none" nothing.

    Raises:
        OutputError: the folder holds something else.
    """
    began = time.perf_counter()
    prepare_folder(folder)
    config = load_config("demo", {"output.folder": folder, "name": "run", "data.root": folder / "data"})
    say("drawing summer and winter landscapes, no scene twice")
    data = folder / "data"
    write_demo_data(data)
    say(f"training for {config.train.steps} steps")
    run = fit(config, progress=progress)
    say("translating the held-out pictures")
    translators = {direction: Translator.load(run.folder, direction) for direction in ("ab", "ba")}
    scores, grid = score_held_out(data, translators, config)
    write_output(folder / "grid.png", Output(grid))
    say("translating a clip with sound")
    video.write_clip(
        folder / "summer.mp4",
        pan_frames(CLIP_SEED, num_frames=CLIP_FRAMES),
        CLIP_RATE,
        samples=melody(CLIP_FRAMES / CLIP_RATE),
    )
    video.translate_video(folder / "summer.mp4", folder / "winter.mp4", translators["ab"])
    say("exporting a SavedModel and loading it again")
    export_model(run.folder, folder / "saved_model")
    files = {
        "pictures": "data",
        "grid": "grid.png",
        "clip": "summer.mp4",
        "translated clip": "winter.mp4",
        "run": "run",
        "SavedModel": "saved_model",
    }
    paths = {name: str(folder / path) for name, path in files.items()}
    report = DemoReport(scores, paths, time.perf_counter() - began)
    with write_atomic(folder / MARKER_FILE) as file:
        file.write(json.dumps(asdict(report), indent=2).encode())
    return report


def prepare_folder(folder: Path) -> None:
    """Create the folder, or empty that of an earlier demo.

    Raises:
        OutputError: the folder holds anything else, or cannot be written.
    """
    if folder.exists():
        ours = folder.is_dir() and ((folder / MARKER_FILE).is_file() or not any(folder.iterdir()))
        if not ours:
            raise OutputError(
                f"not an empty folder: {folder}",
                detail=f"expected a new folder, or one with {MARKER_FILE} from an earlier demo",
                fix="give another folder: cyclegan-tf demo FOLDER",
            )
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        # Written first, so that an interrupted demo can be started again.
        (folder / MARKER_FILE).write_text("{}\n")
    except OSError as error:
        raise output_error(error, folder) from error


def score_held_out(data: Path, translators: dict, config: Config) -> tuple[dict[str, Score], np.ndarray]:
    """Compare translations of the held-out pictures with the truth.

    Args:
        data: a data set whose testA and testB show the same scenes.
        translators: trained translators by direction.
        config: configuration of the run, to build untrained generators.

    Returns:
        The score of each direction, and a contact sheet.
    """
    summer, winter = (_read_all(data / name) for name in ("testA", "testB"))
    to_winter, to_summer = translators["ab"](summer), translators["ba"](winter)
    scores = {
        "ab": Score(psnr(summer, winter), _untrained_psnr(config, summer, winter), psnr(to_winter, winter)),
        "ba": Score(psnr(winter, summer), _untrained_psnr(config, winter, summer), psnr(to_summer, summer)),
    }
    rows = list(zip(summer, to_winter, winter, winter, to_summer, summer))[:GRID_ROWS]
    return scores, image_grid(rows, labels=GRID_LABELS, scale=GRID_SCALE)


def _untrained_psnr(config: Config, pictures: np.ndarray, truths: np.ndarray) -> float:
    # The measured generator has the initial weights of the run.
    keras.utils.set_random_seed(config.train.seed)
    spec = config.generator_spec
    untrained = PictureTranslator(build_generator(spec, "untrained"), spec)
    return psnr(untrained.serve(pictures).numpy(), truths)


def _read_all(folder: Path) -> np.ndarray:
    return np.stack([read_image(path) for path in list_images(folder)])

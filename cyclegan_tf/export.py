"""Export to SavedModel, proved by loading it again."""

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from cyclegan_tf.errors import ModelError, OutputError
from cyclegan_tf.files import replace_folder
from cyclegan_tf.translate import Translator

TOLERATED_GREY_LEVELS = 1
# Another batch, another size, and one that no stride divides.
CHECKED_SHAPES = ((1, 64, 64), (2, 96, 64), (1, 75, 101))

_LOAD_AND_RUN = """
import sys
import numpy as np
import tensorflow as tf
serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
inputs = np.load(sys.argv[2])
np.savez(sys.argv[3], **{name: serve(image=tf.constant(inputs[name]))["translated"] for name in inputs.files})
"""


@dataclass(frozen=True)
class ExportReport:
    """What was exported and how far it is from the live model.

    Attributes:
        path: the SavedModel folder.
        direction: "ab" or "ba".
        size_bytes: size of all its files.
        largest_difference: in grey levels, over all checked pictures.
        checked_shapes: (batch, height, width) of the checked pictures.
    """

    path: str
    direction: str
    size_bytes: int
    largest_difference: int
    checked_shapes: tuple


def export_saved_model(
    model: str | Path, target: str | Path, direction: str = "ab", *, overwrite: bool = False
) -> ExportReport:
    """Writes a generator as a SavedModel that serves pictures of any size.

    Its signature `serving_default` takes `image`, uint8 (batch, height, width, channels), and returns
    `translated`, the same; pre- and post-processing are inside. Before the folder gets its name it is loaded
    in a fresh process by TensorFlow alone and compared with the live model.

    Args:
        model: a model folder or a run folder.
        target: the folder to write.
        direction: "ab" or "ba".
        overwrite: replace a SavedModel that is there.

    Raises:
        OutputError: if target exists, or cannot be written.
        ModelError: if the model cannot be loaded, or the export differs from it.
    """
    target = Path(target)
    _check_target(target, overwrite=overwrite)
    translator = Translator.load(model, direction)
    with replace_folder(target) as aside:
        _write(translator, aside)
        largest = _largest_difference(translator, aside)
        if largest > TOLERATED_GREY_LEVELS:
            raise ModelError(
                f"the export differs from the model: {target}",
                detail=f"expected at most {TOLERATED_GREY_LEVELS} grey level; found {largest}",
                fix="nothing was written; please report this with the versions of tensorflow and keras",
            )
        size = sum(path.stat().st_size for path in aside.rglob("*") if path.is_file())
    return ExportReport(str(target), direction, size, largest, CHECKED_SHAPES)


def _check_target(target: Path, *, overwrite: bool) -> None:
    if not target.parent.is_dir():
        raise OutputError(f"no folder to write into: {target.parent}", fix="make it first")
    if not target.exists():
        return
    if not overwrite:
        raise OutputError(f"output exists: {target}", fix="give another name, or --overwrite")
    if not (target / "saved_model.pb").is_file():
        raise OutputError(
            f"not a SavedModel, so it is not overwritten: {target}",
            detail="expected a folder with saved_model.pb",
            fix="give another name",
        )


def _write(translator: Translator, folder: Path) -> None:
    module = translator.module
    serve = module.serve.get_concrete_function()
    exported = tf.Module()
    exported.translator = module
    exported.serve = tf.function(
        lambda image: {"translated": serve(image)}, input_signature=[serve.structured_input_signature[0][0]]
    )
    tf.saved_model.save(exported, str(folder), signatures={"serving_default": exported.serve})
    extra = folder / "assets.extra"
    extra.mkdir()
    card = {"direction": translator.direction, **asdict(translator.card)}
    (extra / "cyclegan_tf.json").write_text(json.dumps(card, indent=2) + "\n")


def _largest_difference(translator: Translator, folder: Path) -> int:
    channels = translator.card.generators[translator.direction].input_channels
    random = np.random.default_rng(0)
    inputs = {
        f"picture_{index}": random.integers(0, 256, (*shape, channels), dtype=np.uint8)
        for index, shape in enumerate(CHECKED_SHAPES)
    }
    outputs = _run_in_fresh_process(folder, inputs)
    differences = [
        np.abs(outputs[name].astype(int) - translator(picture).astype(int)).max()
        for name, picture in inputs.items()
    ]
    return int(max(differences))


def _run_in_fresh_process(folder: Path, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    with tempfile.TemporaryDirectory() as scratch:
        given, result = Path(scratch, "inputs.npz"), Path(scratch, "outputs.npz")
        np.savez(given, **inputs)
        command = [sys.executable, "-c", _LOAD_AND_RUN, str(folder), str(given), str(result)]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        if process.returncode:
            raise ModelError(
                f"the export cannot be loaded again: {folder}",
                detail=process.stderr.strip().splitlines()[-1] if process.stderr.strip() else "",
                fix="nothing was written; please report this",
            )
        with np.load(result) as outputs:
            return {name: outputs[name] for name in outputs.files}

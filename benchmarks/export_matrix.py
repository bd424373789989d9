"""Export small untrained generators of every architecture option to every format, each proved by its runtime.

    python benchmarks/export_matrix.py                     # the full product: hours
    python benchmarks/export_matrix.py --format tflite --upsampling resize

The proofs run in this process: fresh ones would spend most of the time on importing TensorFlow.
"""

import contextlib
import gc
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import product
from pathlib import Path
from typing import Annotated
from unittest import mock

import numpy as np
import typer

from cyclegan_tf.exporters.formats import FORMATS
from cyclegan_tf.networks.specs import RESNET_BLOCKS, GeneratorSpec
from cyclegan_tf.system.tensorflow import import_tensorflow

_CHOICES = {
    "format": tuple(FORMATS),
    "architecture": ("resnet_6blocks", "unet_128", "unet_256"),
    "upsampling": ("transposed", "resize", "transposed_4", "bilinear"),
    "padding": ("symmetric", "same"),
    "affine": (False, True),
    "channels": (1, 3, 4),
    "masked": (False, True),
    "fixed": (False, True),
}
_TRAINING_SIZE = (48, 64)


@dataclass(frozen=True)
class Case:
    """An export to try.

    Attributes:
        format: a name of FORMATS.
        architecture: of the generator; a ResNet gets one block.
        upsampling: of the generator; a ResNet with bilinear blurs where it halves, as CUT's.
        padding: of a ResNet.
        affine: whether normalizations learn scale and offset.
        channels: of input and output.
        masked: whether the model has a mask network.
        fixed: whether the export takes one size.
    """

    format: str
    architecture: str
    upsampling: str
    padding: str
    affine: bool
    channels: int
    masked: bool
    fixed: bool

    @property
    def is_possible(self) -> bool:
        """Whether the options go together; the others are refused, or are the same as another case."""
        chosen = FORMATS[self.format]
        size_fits = self.fixed == chosen.needs_pictures or (self.fixed and chosen.takes_size)
        return (
            size_fits
            and not (self.masked and self.format == "keras")
            and (self.architecture in RESNET_BLOCKS or self.padding == "symmetric")
        )


def cases(**only: str) -> Iterator[Case]:
    """Yield every possible case; `only` restricts choices by name, given as text."""
    choices = [
        [choice for choice in all_ if only.get(name, str(choice)) == str(choice)]
        for name, all_ in _CHOICES.items()
    ]
    yield from filter(lambda case: case.is_possible, (Case(*values) for values in product(*choices)))


def export(case: Case, folder: Path):
    """Make a model with random weights in a folder, export it, and return the report of the proof.

    Raises:
        UserError: as `export_model`, also if its runtime gives other pictures.
    """
    from cyclegan_tf.exporters import exporting

    with (
        mock.patch.dict(RESNET_BLOCKS, resnet_6blocks=1),
        mock.patch.object(exporting, "run_in_fresh_process", _run_here),
    ):
        _save_model(case, folder / "model")
        chosen = FORMATS[case.format]
        pictures = _draw_calibration(folder / "pictures", case.channels) if chosen.needs_pictures else None
        return exporting.export_model(
            folder / "model",
            folder / ("export" if chosen.is_folder else f"export{chosen.marker}"),
            format=case.format,
            pictures=pictures,
            size=_TRAINING_SIZE if case.fixed else None,
        )


def main(
    format: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    architecture: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    upsampling: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    channels: Annotated[str | None, typer.Option(help="Only this number.")] = None,
    masked: Annotated[str | None, typer.Option(help="Only True or only False.")] = None,
) -> None:
    """Print a line for each case; end with 1 if one failed."""
    import_tensorflow()
    only = {"format": format, "architecture": architecture, "upsampling": upsampling}
    only |= {"channels": channels, "masked": masked}
    failed = 0
    for case in cases(**{name: choice for name, choice in only.items() if choice is not None}):
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = f"at most {export(case, Path(folder)).largest_difference} grey levels apart"
            except Exception as error:  # noqa: BLE001 - converters raise anything, and the others go on
                failed += 1
                found = f"FAILED {type(error).__name__}: {str(error).splitlines()[0][:200]}"
        print(*astuple(case), found, flush=True)
    sys.exit(bool(failed))


def _save_model(case: Case, folder: Path) -> None:
    import keras

    from cyclegan_tf.models.card import ModelCard
    from cyclegan_tf.models.folder import save_model
    from cyclegan_tf.networks.generators import build_generator
    from cyclegan_tf.networks.mask_network import build_mask_decoder

    spec = GeneratorSpec(
        case.architecture,
        case.channels,
        case.channels,
        width=2,
        norm_affine=case.affine,
        upsampling=case.upsampling,
        padding=case.padding,
        downsampling="blur"
        if case.upsampling == "bilinear" and case.architecture in RESNET_BLOCKS
        else "strided",
    )
    keras.utils.set_random_seed(0)
    generator, random = build_generator(spec, "generator_ab"), np.random.default_rng(0)
    # Larger than initial weights, so that a missing layer is noticed.
    generator.set_weights([w + random.normal(0, 0.1, w.shape) for w in generator.get_weights()])
    decoder = build_mask_decoder() if case.masked else None
    save_model(
        folder, {"ab": generator}, ModelCard({"ab": spec}, _TRAINING_SIZE, masked=case.masked), decoder
    )


def _draw_calibration(folder: Path, channels: int) -> Path:
    from cyclegan_tf.exporters.pictures import draw_pictures

    folder.mkdir()
    for number, picture in enumerate(draw_pictures(channels).compared):
        np.save(folder / f"{number}.npy", picture)
    return folder


def _run_here(code: str, path: Path, batches: list[np.ndarray]) -> list[np.ndarray]:
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        inputs, outputs = f"{scratch}/inputs.npz", f"{scratch}/outputs.npz"
        np.savez(inputs, **{f"batch_{number}": batch for number, batch in enumerate(batches)})
        stack.enter_context(mock.patch.object(sys, "argv", ["", str(path), inputs, outputs]))
        # The scripts leave their input open, since their process ends with them.
        stack.enter_context(warnings.catch_warnings(action="ignore", category=ResourceWarning))
        exec(compile(code, "run", "exec"), {})
        gc.collect()
        with np.load(outputs) as found:
            return [found[f"batch_{number}"] for number in range(len(batches))]


if __name__ == "__main__":
    typer.run(main)

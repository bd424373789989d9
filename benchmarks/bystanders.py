"""How much a model changes riders, people and things that stand out beside the subject.

    cyclegan-tf masks DATA ALL
    cyclegan-tf masks DATA SUBJECT --subject sorrel,zebra
    python benchmarks/bystanders.py DATA/testA ALL/testA SUBJECT/testA --model horse2zebra

A bystander is where the first masks are white and the second ones black. The subject's own change stands
beside it.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from cyclegan_tf.system.tensorflow import import_tensorflow

_WHITE = 128


def main(
    pictures: Annotated[Path, typer.Argument(help="Folder of pictures.")],
    everything: Annotated[Path, typer.Argument(help="Masks of all that stands out.")],
    subject: Annotated[Path, typer.Argument(help="Masks of the subject alone.")],
    model: Annotated[str, typer.Option(help="Name, run or model folder.")] = "horse2zebra",
    direction: Annotated[str, typer.Option(help="ab or ba.")] = "ab",
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT that pictures are brought to.")] = "128x128",
) -> None:
    """Print the mean change of both, in grey levels."""
    import_tensorflow()
    from cyclegan_tf.data.file import PictureFile
    from cyclegan_tf.data.masks import find_masks
    from cyclegan_tf.data.picture_set import fit_to, read_picture_set
    from cyclegan_tf.images.listing import list_images
    from cyclegan_tf.images.sizes import parse_size
    from cyclegan_tf.inference.translator import Translator
    from cyclegan_tf.measures.differences import background_change
    from cyclegan_tf.models.run import find_model

    files, fit = [PictureFile(path, channels=3) for path in list_images(pictures)], fit_to(parse_size(size))
    stands_out, wanted = (
        read_picture_set(files, fit, find_masks(folder, files, direction[0].upper()))
        for folder in (everything, subject)
    )
    translator = Translator.load(find_model(Path(model)), direction)
    translated = np.concatenate([translator(picture[np.newaxis]) for picture in wanted.pixels])
    is_subject = wanted.masks >= _WHITE
    regions = {"bystanders": (stands_out.masks >= _WHITE) & ~is_subject, "subject": is_subject}
    for name, region in regions.items():
        # Everything else counts as the subject there, with a margin of two pixels.
        change, count = background_change(
            wanted.pixels, translated, np.where(region, 0, 255).astype(np.uint8)
        )
        print(f"{name}: changed by {change:.1f} grey levels in {count} of {len(files)} pictures")


if __name__ == "__main__":
    typer.run(main)

"""Draw horse2zebra.jpg: test pictures beside their translations by the bundled model.

    python docs/images/horse2zebra.py DATA

DATA is the data set horse2zebra of the CycleGAN paper, of which the model never saw these test pictures.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from cyclegan_tf import Translator
from cyclegan_tf.images.grid import image_grid
from cyclegan_tf.models.run import find_model

SIDE = 128
PICTURES = {
    "ab": ("003", "012", "022", "034", "052", "058", "060", "086"),
    "ba": ("009", "029", "037", "041", "049", "061", "069", "089"),
}


def read(path: Path) -> np.ndarray:
    """Return a picture at the size it is drawn."""
    return np.asarray(Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def main(data: Path) -> None:
    """Write the sheet beside this file."""
    rows = []
    for direction, names in PICTURES.items():
        translate = Translator.load(find_model(Path("horse2zebra")), direction)
        pictures = [read(next((data / f"test{direction[0].upper()}").glob(f"{name}.*"))) for name in names]
        rows += [pictures, list(map(translate, pictures))]
    sheet = Image.fromarray(image_grid(rows))
    sheet.save(Path(__file__).with_suffix(".jpg"), quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Models that come with the package, by name: `--model horse2zebra`."""

import json
from pathlib import Path

CARD_FILE = "model.json"
FOLDER = Path(__file__).parent


def bundled_models() -> dict[str, Path]:
    """Return the model folders inside the package by name, sorted."""
    return {card.parent.name: card.parent for card in sorted(FOLDER.glob(f"*/{CARD_FILE}"))}


def about(folder: Path) -> dict:
    """Return what a bundled model's card says about its data, recipe, scores and limits."""
    return json.loads((folder / CARD_FILE).read_text())["provenance"]

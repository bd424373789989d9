"""Where models for other engines are kept between runs: a folder of the user, never the model folder."""

import os
import sys
from pathlib import Path

VARIABLE = "CYCLEGAN_TF_CACHE"


def cache_folder() -> Path:
    """Return the folder, which may not exist: $CYCLEGAN_TF_CACHE, or where the system keeps such files."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    if sys.platform == "win32":
        parent = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        parent = Path.home() / "Library" / "Caches"
    else:
        parent = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return parent / "cyclegan-tf"

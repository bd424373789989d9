"""The unpaired data set: checked, prepared, and served as a function of (seed, step)."""

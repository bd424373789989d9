"""Quality measures of generators, one file each."""

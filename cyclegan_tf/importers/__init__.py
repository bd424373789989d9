"""Generators that other programs trained, read without them and without running anything of theirs."""

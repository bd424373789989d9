"""Generators that other programs trained, read without those programs and without running their code."""

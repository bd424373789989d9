"""Measures of quality: arithmetic on pictures and on features of them, without knowing any model."""

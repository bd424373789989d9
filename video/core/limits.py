"""Limits of an input: more is refused before memory or hours are spent on it."""

MAX_PIXELS = 8192 * 8192
MAX_DURATION_SECONDS = 6 * 3600
MAX_STREAMS = 100

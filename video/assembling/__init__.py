"""Closed segments of a translation, and the one checked file that they become."""

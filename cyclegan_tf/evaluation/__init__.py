"""Measures of what the generators make, one file each."""

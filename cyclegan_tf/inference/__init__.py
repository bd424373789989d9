"""Trained generators in use: pictures of any size, files and clips."""

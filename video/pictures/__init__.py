"""Animated pictures and pictures in a folder, read and written as the frames of a clip."""

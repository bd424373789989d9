"""Masks of the subject of pictures, made for training; the command `masks`."""

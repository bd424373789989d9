"""The demo: every part of the program on drawn landscapes whose true translation is known."""

"""Encoders and the clips that they are chosen for."""

from fractions import Fraction

import pytest

from video.core.colour_codes import LIMITED, Colour
from video.core.containers import CONTAINERS
from video.core.frames import Clip
from video.core.options import Options
from video.encoding.choice import choose_encoder


@pytest.fixture
def clip():
    """A function that describes a clip of 25 frames per second in BT.709."""

    def describe(width=96, height=64, **changes):
        fields = {"time_base": Fraction(1, 1000), "rate": Fraction(25), "sample_aspect_ratio": None}
        return Clip(width, height, **{**fields, "colour": Colour(1, LIMITED, 1, 1), **changes})

    return describe


@pytest.fixture
def chosen(clip):
    """A function that chooses the encoder of a clip in a container."""

    def choose(suffix=".mkv", about=None, **options):
        return choose_encoder(CONTAINERS[suffix], Options(**options), about or clip())

    return choose

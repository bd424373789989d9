"""Steadying: the change that a translation makes is blended with that of the frame before, along the motion."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from video.core.frames import Frame
from video.motion.flow import FlowFinder, Motion, grey, reduced_size, resized
from video.motion.shots import ShotFinder
from video.pipeline.grouping import Grouping

# What is left of an older frame after so many blends is not seen at any strength that keeps the picture sharp.
LEAD_FRAMES = 8
_MAX_SIDE_PIXELS = 256
# Where the source itself differs by so many grey levels after it was moved, its motion is not believed.
_TRUSTED_DIFFERENCE = 12.0
_SMOOTHING_PIXELS = 2.0

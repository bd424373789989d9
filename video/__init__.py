"""Video: frames in, frames out.

Every frame of a clip goes through a callable of your own and comes back at its own time, upright, in
its own colours, with its sound. The callable takes and returns uint8 RGB batches, so nothing here
knows about networks:

    report = video.translate_video("in.mp4", "out.mp4", lambda frames: 255 - frames)
"""

from video.clips import read_clip, write_clip
from video.errors import (
    MachineError,
    MediaError,
    OutputError,
    TranslationError,
    UsageError,
    VideoError,
)
from video.probe import check_source
from video.report import Report
from video.targets import check_target
from video.translation import translate_video

__all__ = [
    "MachineError",
    "MediaError",
    "OutputError",
    "Report",
    "TranslationError",
    "UsageError",
    "VideoError",
    "check_source",
    "check_target",
    "read_clip",
    "translate_video",
    "write_clip",
]

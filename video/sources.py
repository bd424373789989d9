"""The frames of whatever was found: a clip, an animated picture, a folder of pictures."""

from video.core.frames import FrameSource
from video.core.options import Options
from video.core.source import Source
from video.pictures.animation import AnimationSource
from video.pictures.sequence import SequenceSource
from video.reading.reader import ClipSource

_SOURCES = {"clip": ClipSource, "animation": AnimationSource, "sequence": SequenceSource}


def open_frames(source: Source, options: Options) -> FrameSource:
    """Opens what `video.probe.look` found; use it as a context manager.

    Raises:
        UsageError: the wanted part lies behind the end.
        MediaError: not one frame can be decoded, or the file is not what it was.
    """
    return _SOURCES[source.kind](source, options)

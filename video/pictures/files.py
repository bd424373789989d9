"""The last step of a translation to pictures: lossless segments to an animation or a folder."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from video.assembling.segments import Segment, segment_frames
from video.colour.conversion import ToPicture
from video.core.containers import Container
from video.core.errors import MediaError, OutputError
from video.core.frames import Clip, Frame
from video.core.targets import TIMES_FILE
from video.pictures.animation_survey import survey_animation
from video.pictures.animation_writing import Animation, check_animation, write_animation
from video.pictures.names import list_pictures
from video.pictures.png import BadPicture
from video.pictures.sequence_survey import open_picture
from video.pictures.sequence_writing import check_sequence, write_sequence
from video.pictures.still_header import read_header
from video.pictures.times import read_times

_MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True)
class PictureFiles:
    """The pictures to write.

    Attributes:
        name: of the animated picture, or the pattern that numbers the pictures of a sequence.
        container: the kind.
        quality: one of `video.core.options.QUALITIES`.
        loop: how often an animation plays, 0 for ever.
    """

    name: str
    container: Container
    quality: str
    loop: int

    def check(self, clip: Clip) -> list[str]:
        """Return warnings about what the pictures cannot hold of a clip, in whole sentences.

        Raises:
            UsageError: they cannot hold the clip at all.
        """
        if self.container.is_sequence:
            return check_sequence(self.name, clip, self.quality)
        return check_animation(self.container.muxer, clip)

    def write(self, path: Path, segments: list[Segment], clip: Clip) -> tuple[str, ...]:
        """Write lossless segments as pictures and count what came out.

        Args:
            path: the file or folder to write.
            segments: in order.
            clip: what all frames share.

        Returns:
            The checks that they passed, one short phrase each.

        Raises:
            OutputError: they cannot be written, or fail a check.
        """
        frames, end = _frames(segments, clip), segments[-1].end
        if self.container.is_sequence:
            path.mkdir()
            write_sequence(path, self.name, frames, clip, quality=self.quality)
        else:
            times = [*sorted(pts for segment in segments for pts in segment.pts), end]
            how = Animation(self.container.muxer, self.quality, self.loop)
            write_animation(path, (frame.picture for frame in frames), times, clip, how)
        expected = sum(len(segment.pts) for segment in segments)
        return self._check(path, expected, (end - segments[0].start) * clip.time_base)

    def _check(self, path: Path, expected: int, length: Fraction) -> tuple[str, ...]:
        """Read what was written; return the checks it passed, or raise OutputError."""
        try:
            found, delays = count_frames(path)
        except MediaError as error:
            raise _wrong(path, "readable pictures", str(error).splitlines()[0]) from error
        # A WebP merges consecutive equal pictures; if all are equal, it is a still without a delay.
        merges = self.container.muxer == "webp" and 0 < found < expected
        if found != expected and not merges:
            raise _wrong(path, f"{expected} pictures", str(found))
        if merges and found == 1:
            return (f"1 picture, to which {expected} equal ones were merged",)
        difference = abs(sum(delays) - length)
        if merges and difference > expected * _MILLISECOND:
            raise _wrong(path, f"{float(length):.3f} s", f"{float(sum(delays)):.3f} s")
        merged = f", to which {expected} were merged where they are equal" if merges else ""
        return f"{found} pictures{merged}", f"length within {float(difference) * 1000:.3g} ms"


def count_frames(path: str | os.PathLike) -> tuple[int, tuple[Fraction, ...]]:
    """Return the number of frames, and the stored duration of each in seconds.

    Args:
        path: a GIF, APNG or WebP, of which every frame is decoded; or a folder of pictures with its
            `frames.csv`, in which every picture's header is read.

    Raises:
        MediaError: it is damaged, a picture is, or the table does not fit the pictures.
    """
    if not os.path.isdir(path):
        survey = survey_animation(path)
        if survey.lacks_end:
            raise _damaged(f"the {survey.format} is not complete", path, "it does not end with its end mark")
        return len(survey.delays), survey.delays
    listing = list_pictures(path)
    try:
        for name in listing.names:
            with open_picture(str(listing.folder / name)) as file:
                read_header(file)
        times = read_times(Path(path), list(listing.names))
        if times is None:
            raise ValueError("it is missing")
    except BadPicture as error:
        raise _damaged(f"{name} is damaged", path, str(error)) from error
    except (ValueError, OSError) as error:
        raise _damaged(f"{TIMES_FILE} does not fit the pictures", path, str(error)) from error
    return len(times), tuple(duration for _, duration in times)


def _damaged(what: str, path: str | os.PathLike, found: str) -> MediaError:
    return MediaError(f"{what}: {path}", detail=found, fix="write the pictures again")


def _frames(segments: list[Segment], clip: Clip) -> Iterator[Frame]:
    convert = None
    for index, stored in enumerate(segment_frames(segments, clip.time_base)):
        convert = convert or ToPicture(stored, "keep")
        yield Frame(index, convert(stored), stored.pts, stored.duration)


def _wrong(path: Path, expected: str, found: str) -> OutputError:
    return OutputError(
        f"the written pictures are wrong: {path}",
        detail=f"expected {expected}; found {found}",
        fix="write a video instead, and report this clip as a bug",
    )

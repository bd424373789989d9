"""Counting of the frames of written pictures, from their files alone."""

import os
from fractions import Fraction
from pathlib import Path

from video.core.errors import MediaError
from video.core.targets import TIMES_FILE
from video.pictures.animation_survey import survey_animation
from video.pictures.names import list_pictures
from video.pictures.png import BadPicture
from video.pictures.sequence_survey import open_picture
from video.pictures.still_header import read_header
from video.pictures.times import read_times


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
            raise _wrong(f"the {survey.format} is not complete", path, "it does not end with its end mark")
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
        raise _wrong(f"{name} is damaged", path, str(error)) from error
    except (ValueError, OSError) as error:
        raise _wrong(f"{TIMES_FILE} does not fit the pictures", path, str(error)) from error
    return len(times), tuple(duration for _, duration in times)


def _wrong(what: str, path: str | os.PathLike, found: str) -> MediaError:
    return MediaError(f"{what}: {path}", detail=found, fix="write the pictures again")

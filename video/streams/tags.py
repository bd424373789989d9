"""Metadata tags and chapters: which of them are copied to the result."""

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from video.core.frames import fraction
from video.core.timing import Span

# These describe the source file and would be wrong or noise in another.
_OF_THE_FILE = {"major_brand", "minor_version", "compatible_brands", "encoder", "itunsmpb", "itunnorm"}
_OF_THE_STREAM = {"duration", "bps", "number_of_frames", "number_of_bytes", "vendor_id", "rotate"}
_OF_THE_CODING = {"encoder", "alpha_mode"}
# Demuxers repeat a tag with a language under a longer name: 'location-eng' beside 'location'.
_IN_A_LANGUAGE = re.compile(r"-[a-z]{3}$")
# FFmpeg's mov muxer knows only one of the two ISO 639-2 codes of some languages.
# fmt: off
_FOR_MOV = {
    "bod": "tib", "cym": "wel", "cze": "ces", "deu": "ger", "ell": "gre",
    "eus": "baq", "fas": "per", "fre": "fra", "hye": "arm", "isl": "ice",
    "kat": "geo", "mkd": "mac", "msa": "may", "mya": "bur", "nld": "dut",
    "rum": "ron", "slo": "slk", "sqi": "alb", "zho": "chi",
}
# fmt: on


def file_tags(metadata: Mapping[str, str], span: Span) -> dict[str, str]:
    """Return the tags of a file that are also true for its translation.

    Args:
        metadata: the tags as PyAV gives them.
        span: the part that is kept; a timecode is wrong after a cut at the start.
    """
    return _kept(metadata, _OF_THE_FILE, span)


def stream_tags(metadata: Mapping[str, str], span: Span, is_encoded_again: bool) -> dict[str, str]:
    """Return the tags of one stream that are also true for its copy.

    Args:
        metadata: the tags as PyAV gives them.
        span: the part that is kept.
        is_encoded_again: whether tags about the old encoding would be wrong.
    """
    tags = _kept(metadata, _OF_THE_STREAM | (_OF_THE_CODING if is_encoded_again else set()), span)
    # The title of a track in mp4 is read as 'name' and written as 'title'.
    name = tags.pop("name", None)
    if name and "title" not in {key.lower() for key in tags}:
        tags["title"] = name
    return tags


def language_for(muxer: str, language: str) -> str:
    """Return the language code that a muxer supports."""
    return _FOR_MOV.get(language, language) if muxer == "mov" else language


def _kept(metadata: Mapping[str, str], stale: set[str], span: Span) -> dict[str, str]:
    stale = stale | ({"timecode"} if span.start is not None else set())
    kept = {}
    for key, value in metadata.items():
        name = key.lower()
        plain = _IN_A_LANGUAGE.sub("", name)
        if plain in stale or name.startswith("_statistics_"):
            continue
        if plain != name and metadata.get(key[: len(plain)]) == value:
            continue
        kept[key] = value
    return kept


def lost_tags(meant: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Return the names of tags that are not in a written file, ignoring case."""
    names = {key.lower() for key in found}
    return [key for key in meant if key.lower() not in names]


def kept_chapters(chapters: Iterable[Mapping[str, Any]], span: Span) -> list[dict]:
    """Return the chapters in the span, cut at its edges, with times that start at the span.

    Args:
        chapters: from `chapters()` of a PyAV container.
        span: the part that is kept.
    """
    kept = []
    for chapter in chapters:
        tick = fraction(chapter["time_base"])
        shift, end = round(span.origin / tick), _ticks(span.end, tick)
        # In a damaged source a chapter may end before it starts, which muxers refuse.
        first, last = chapter["start"], max(chapter["start"], chapter["end"])
        is_mark = first == last
        first, last = max(first, shift), last if end is None else min(last, end)
        # A chapter without duration is a mark, and stays one.
        if first < last or (is_mark and first == last):
            kept.append({**chapter, "time_base": tick, "start": first - shift, "end": last - shift})
    return kept


def _ticks(seconds: Fraction | None, tick: Fraction) -> int | None:
    return None if seconds is None else round(seconds / tick)

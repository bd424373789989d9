"""Titles, languages and other tags, and chapters: what of them may be carried from clip to clip."""

import re
from collections.abc import Mapping
from fractions import Fraction

from video.core.frames import fraction
from video.core.timing import Span

# What describes the file that was read, and would be false or noise in another.
_OF_THE_FILE = {"major_brand", "minor_version", "compatible_brands", "encoder", "itunsmpb", "itunnorm"}
_OF_THE_STREAM = {"duration", "bps", "number_of_frames", "number_of_bytes", "vendor_id", "rotate"}
_OF_THE_CODING = {"encoder", "alpha_mode"}
# Readers repeat a tag that has a language under a longer name: 'location-eng' beside 'location'.
_IN_A_LANGUAGE = re.compile(r"-[a-z]{3}$")
# FFmpeg's mov holds one of the two codes that ISO 639-2 has for some languages.
# fmt: off
_FOR_MOV = {
    "bod": "tib", "cym": "wel", "cze": "ces", "deu": "ger", "ell": "gre",
    "eus": "baq", "fas": "per", "fre": "fra", "hye": "arm", "isl": "ice",
    "kat": "geo", "mkd": "mac", "msa": "may", "mya": "bur", "nld": "dut",
    "rum": "ron", "slo": "slk", "sqi": "alb", "zho": "chi",
}
# fmt: on


def file_tags(metadata: Mapping[str, str], span: Span) -> dict[str, str]:
    """Return the tags of a file that hold for its translation too.

    Args:
        metadata: the tags as PyAV gives them.
        span: the part that is kept; a timecode does not survive another beginning.
    """
    return _kept(metadata, _OF_THE_FILE, span)


def stream_tags(metadata: Mapping[str, str], span: Span, is_encoded_again: bool) -> dict[str, str]:
    """Return the tags of one stream that hold for its copy too.

    Args:
        metadata: the tags as PyAV gives them.
        span: the part that is kept.
        is_encoded_again: whether what it says of the old encoding would be false.
    """
    tags = _kept(metadata, _OF_THE_STREAM | (_OF_THE_CODING if is_encoded_again else set()), span)
    # An mp4's title of a track is read as 'name' and written as 'title'.
    name = tags.pop("name", None)
    if name and "title" not in {key.lower() for key in tags}:
        tags["title"] = name
    return tags


def language_for(muxer: str, language: str) -> str:
    """Return the language in the code that a container knows it by."""
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
    """Return the names of tags that a written file does not have, whatever their upper or lower case."""
    names = {key.lower() for key in found}
    return [key for key in meant if key.lower() not in names]


def kept_chapters(chapters: list[dict], span: Span) -> list[dict]:
    """Return the chapters that lie in the span, cut at its edges, on the result's clock.

    Args:
        chapters: as `chapters()` of a PyAV container gives them.
        span: the part that is kept.
    """
    kept = []
    for chapter in chapters:
        tick = fraction(chapter["time_base"])
        shift, end = round(span.origin / tick), _ticks(span.end, tick)
        # A damaged source may end a chapter before it starts, which no container takes.
        first, last = chapter["start"], max(chapter["start"], chapter["end"])
        is_mark = first == last
        first, last = max(first, shift), last if end is None else min(last, end)
        # A chapter without a length is a mark, and stays one.
        if first < last or (is_mark and first == last):
            kept.append({**chapter, "time_base": tick, "start": first - shift, "end": last - shift})
    return kept


def _ticks(seconds: Fraction | None, tick: Fraction) -> int | None:
    return None if seconds is None else round(seconds / tick)

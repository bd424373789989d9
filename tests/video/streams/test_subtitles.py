"""Text subtitles that become another kind of text subtitle."""

from fractions import Fraction

import av
import pytest

SPANS = ((0.2, 0.8, "one"), (1, 1.5, "zwei {\\i1}schräge{\\i0} Wörter\\Nauf zwei Zeilen"))
PLAIN = "zwei schräge Wörter\nauf zwei Zeilen"


def _texts(path):
    """The texts of stream 1 as a player shows them: (from, to, words)."""
    shown = []
    with av.open(str(path)) as container:
        stream = container.streams[1]
        for packet in container.demux(stream):
            for subtitle in stream.decode(packet) if packet.size else []:
                start = packet.pts * Fraction(packet.time_base.numerator, packet.time_base.denominator)
                length = packet.duration * Fraction(packet.time_base.numerator, packet.time_base.denominator)
                shown.append((start, start + length, subtitle.dialogue.decode(), subtitle.ass.decode()))
    return shown


@pytest.mark.parametrize(
    ("source", "codec", "target"),
    [
        ("in.mp4", "mov_text", "out.mkv"),
        ("in.mp4", "mov_text", "out.webm"),
        ("in.mov", "mov_text", "out.mp4"),
        ("in.mkv", "subrip", "out.mp4"),
        ("in.mkv", "subrip", "out.webm"),
        ("in.mkv", "ass", "out.mov"),
        ("in.mkv", "ass", "out.webm"),
        ("in.webm", "webvtt", "out.mp4"),
        ("in.webm", "webvtt", "out.mkv"),
    ],
)
def test_text_comes_at_its_time_with_its_slanted_words(make_tracks, track, carry, source, codec, target):
    main = "libvpx" if source == "in.webm" else "mpeg4"
    path = make_tracks(source, track("subtitle", codec, spans=SPANS), codec=main)
    first, second = _texts(carry(path, target).path)
    assert first[:2] == (Fraction(1, 5), Fraction(4, 5))
    assert second[:2] == (1, Fraction(3, 2))
    assert first[2] == "one"
    assert second[2].replace("{\\i1}", "").replace("{\\i0}", "").replace("{\\r}", "") == PLAIN
    assert "{\\i1}schräge{" in second[3]


def test_the_gaps_of_an_mp4_are_no_subtitles(make_tracks, track, carry):
    path = make_tracks("in.mp4", track("subtitle", "mov_text", spans=SPANS))
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(container.streams[1]) if packet.size]
    assert packets.count(b"\0\0") >= 2
    carried = carry(path, "out.mkv")
    assert len(_texts(carried.path)) == 2
    assert carried.warnings == []


def test_an_mp4_that_is_copied_to_mp4_keeps_its_gaps(make_tracks, track, carry):
    path = make_tracks("in.mp4", track("subtitle", "mov_text", spans=SPANS), track("audio", "aac"))
    carried = carry(path, "out.mp4")
    assert _texts(carried.path) == _texts(path)


def test_converted_subtitles_are_clipped_to_a_cut(make_tracks, track, carry):
    spans = ((0, 0.5, "gone"), (0.5, 1.5, "over the start"), (1.6, 3, "over the end"), (3, 3.5, "gone"))
    path = make_tracks("in.mkv", track("subtitle", "subrip", spans=spans), seconds=4)
    shown = _texts(carry(path, "out.mp4", Fraction(1), Fraction(2)).path)
    assert [text[:3] for text in shown] == [
        (0, Fraction(1, 2), "over the start"),
        (Fraction(3, 5), 1, "over the end"),
    ]


def test_subtitles_that_overlap_all_come_through(make_tracks, track, carry):
    spans = ((0, 1.5, "long"), (0.5, 1, "short"), (0.5, 1.2, "at the same time"))
    path = make_tracks("in.mkv", track("subtitle", "ass", spans=spans))
    words = [text[2] for text in _texts(carry(path, "out.webm").path)]
    assert words == ["long", "short", "at the same time"]


def test_a_text_that_only_formats_nothing_is_left_out(make_tracks, track, carry):
    path = make_tracks("in.mkv", track("subtitle", "ass", spans=((0, 1, "  "), (1, 2, "said"))))
    assert [text[2] for text in _texts(carry(path, "out.webm").path)] == ["said"]

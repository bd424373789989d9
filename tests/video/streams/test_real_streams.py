"""Real clips in every container: one with two sounds and subtitles, and tests/clips/walk.mp4 of our own."""

from fractions import Fraction

import pytest

CLIP = "nasa_13013.mp4"
MILLISECOND = Fraction(1, 1000)


@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.mkv"])
@pytest.mark.parametrize(("name", "copied"), [(CLIP, (1, 3, 4)), ("walk.mp4", (1, 2))])
def test_sounds_and_a_second_video_are_the_same_bytes_at_the_same_times(
    real_clip, carry, see, target, name, copied
):
    path = real_clip(name)
    before, after = see(path)[0], see(carry(path, target).path)[0]
    assert [stream.kind for stream in after] == [stream.kind for stream in before]
    for index in copied:
        assert after[index].payloads == before[index].payloads
        assert all(abs(a - b) <= MILLISECOND for a, b in zip(after[index].times, before[index].times))


@pytest.mark.parametrize("target", ["out.mp4", "out.mov"])
def test_its_subtitles_are_the_same_bytes_in_an_mp4(real_clip, carry, see, target):
    path = real_clip(CLIP)
    before, after = see(path)[0], see(carry(path, target).path)[0]
    for index in (2, 5):
        assert after[index].packets == before[index].packets


@pytest.mark.parametrize(("target", "codec"), [("out.mkv", "subrip"), ("out.webm", "webvtt")])
def test_its_subtitles_become_text_elsewhere(real_clip, carry, see, target, codec):
    path = real_clip(CLIP)
    before, after = see(path)[0], see(carry(path, target).path)[0]
    texts = [stream for stream in after if stream.kind == "subtitle"]
    assert [stream.codec for stream in texts] == [codec, codec]
    for old, new in zip((before[2], before[5]), texts):
        assert new.times == old.times
        # Two bytes say how long the text of an mp4 is; what follows it are styles.
        words = [payload[2 : 2 + int.from_bytes(payload[:2])] for payload in old.payloads]
        assert [payload.replace(b"\r\n", b"\n") for payload in new.payloads] == words


def test_its_sounds_become_opus_in_webm_and_its_second_video_is_left_out(real_clip, carry, see):
    carried = carry(real_clip(CLIP), "out.webm")
    after = see(carried.path)[0]
    assert [stream.codec for stream in after] == ["vp8", "opus", "webvtt", "opus", "webvtt"]
    assert [stream.tags["language"] for stream in after] == ["eng"] * 5
    assert carried.plans.warnings == (
        "The audio stream 1 (aac, eng) becomes opus: webm does not hold aac.",
        "The subtitle stream 2 (mov_text, eng) becomes webvtt: webm does not hold mov_text.",
        "The other video stream 3 (h264, eng) is left out: webm does not hold h264.",
        "The audio stream 4 (aac, eng) becomes opus: webm does not hold aac.",
        "The subtitle stream 5 (mov_text, eng) becomes webvtt: webm does not hold mov_text.",
    )


@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.mkv", "out.webm"])
@pytest.mark.parametrize("name", [CLIP, "walk.mp4"])
def test_everything_that_was_muxed_is_there(real_clip, carry, see, target, name):
    carried = carry(real_clip(name), target)
    after = see(carried.path)[0]
    for index, written in carried.written.items():
        payloads = after[index].payloads
        assert len(payloads) == written.packets - (
            written.kind == "subtitle" and target in ("out.mp4", "out.mov")
        )
    assert carried.warnings == []


def test_a_cut_of_it_keeps_everything_together(real_clip, carry, see):
    path, start = real_clip(CLIP), Fraction(5)
    before, after = see(path)[0], see(carry(path, "out.mkv", start, Fraction(9)).path)[0]
    for index in (1, 4):
        old, new = before[index], after[index]
        first = old.payloads.index(new.payloads[0])
        assert old.payloads[first : first + len(new.payloads)] == new.payloads
        assert abs(old.times[first] - new.times[0] - start) <= MILLISECOND
    assert after[3].times[0] >= 0
    assert after[3].payloads[0] in before[3].payloads
    assert [float(time) for time in after[2].times] == [0, 3.35]
    assert float(after[2].times[-1] + after[2].durations[-1]) == 4


@pytest.mark.parametrize("name", ["horsejump.mp4", "walk.mp4"])
def test_sound_keeps_its_place_beside_a_real_picture(real_clip, carry, see, name):
    path = real_clip(name)
    before, after = see(path)[0], see(carry(path, "out.mkv").path)[0]
    assert after[0].times[0] == before[0].times[0] == 0
    assert abs(after[1].times[0] - before[1].times[0]) <= MILLISECOND
    assert after[1].payloads == before[1].payloads

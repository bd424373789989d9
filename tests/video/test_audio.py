import av
import numpy as np
import pytest

import video


@pytest.mark.parametrize("source", ["in.mp4", "in.mkv"])
@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.mkv"])
def test_aac_is_copied_byte_for_byte_and_stays_in_sync(make_clip, tmp_path, identity, look, source, target):
    path = make_clip(source, count=20, sounds=["aac"])
    report = video.translate_video(path, tmp_path / target, identity)
    before, after = look(path), look(tmp_path / target)
    assert report.audio == "copied"
    assert after.audio_bytes == before.audio_bytes
    offset_before = before.audio[0][0] - before.times[0]
    offset_after = after.audio[0][0] - after.times[0]
    assert abs(offset_after - offset_before) <= after.tick + before.tick


SOUNDS = ["aac", "libopus", "flac", "pcm_s16le", "libmp3lame", "ac3"]


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.mkv", "out.webm"])
def test_every_kind_of_sound_ends_in_a_clip_and_a_word_about_it(
    make_clip, tmp_path, identity, look, sound, target
):
    path = make_clip("in.mkv", count=15, sounds=[sound])
    report = video.translate_video(path, tmp_path / target, identity)
    before, after = look(path), look(tmp_path / target)
    if report.audio == "copied":
        # A mov gives PCM back in packets of another length.
        assert b"".join(after.audio_bytes) == b"".join(before.audio_bytes)
    elif report.audio.startswith("transcoded"):
        assert after.audio_codec in ("aac", "opus", "libopus")
        assert abs(after.audio[-1][0] - before.audio[-1][0]) < 0.1
    else:
        assert report.audio.startswith("dropped: ")
        assert after.audio == []


def test_opus_is_transcoded_for_mov_which_cannot_hold_it(make_clip, tmp_path, identity):
    report = video.translate_video(make_clip("in.mkv", sounds=["libopus"]), tmp_path / "o.mov", identity)
    assert report.audio == "transcoded aac"


def test_aac_is_transcoded_for_webm(make_clip, tmp_path, identity):
    report = video.translate_video(make_clip(sounds=["aac"]), tmp_path / "o.webm", identity)
    assert report.audio == "transcoded opus"


def test_sound_that_can_be_neither_copied_nor_decoded_is_dropped_with_the_reason(
    make_clip, tmp_path, identity, look, monkeypatch
):
    def refuse(*arguments):
        raise av.error.InvalidDataError(1, "no such decoder")

    monkeypatch.setattr("video.audio.transcoded_packets", refuse)
    report = video.translate_video(make_clip(sounds=["aac"]), tmp_path / "o.webm", identity)
    assert report.audio.startswith("dropped: ")
    assert "no such decoder" in report.audio
    assert look(tmp_path / "o.webm").audio == []


def test_a_silent_clip_has_no_audio(make_clip, tmp_path, identity):
    assert video.translate_video(make_clip(), tmp_path / "o.mp4", identity).audio == "none"


@pytest.mark.parametrize("channels", [1, 2])
def test_transcoded_sound_still_sounds(make_clip, tmp_path, identity, channels):
    samples = np.sin(np.arange(48000) * 2 * np.pi * 440 / 48000).astype(np.float32) * 0.5
    samples = samples if channels == 1 else np.stack([samples, samples], axis=1)
    video.write_clip(tmp_path / "a.mp4", [np.zeros((64, 96, 3), np.uint8)] * 25, 25, samples=samples)
    report = video.translate_video(tmp_path / "a.mp4", tmp_path / "b.webm", identity)
    assert report.audio == "transcoded opus"
    with av.open(str(tmp_path / "b.webm")) as container:
        sound = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])
    assert 0.4 < np.abs(sound[10000:40000]).max() < 0.6

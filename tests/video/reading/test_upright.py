from fractions import Fraction

import av
import numpy as np
import pytest

import video
from video.reading.upright import UprightPictures

SPLICED = [(96, 64)] * 3 + [(64, 64)] * 2 + [(96, 64)]


@pytest.mark.parametrize("rotation, turns", [(90, 1), (180, 2), (270, 3)])
def test_a_rotated_clip_is_read_upright(make_clip, read, rotation, turns, draw):
    frames, source = read(make_clip(rotation=rotation, count=2))
    expected = np.rot90(next(draw(1)), turns)
    assert (source.clip.height, source.clip.width) == expected.shape[:2]
    assert abs(frames[0].picture.pixels.astype(int) - expected).mean() < 3


def test_alpha_is_rotated_with_its_picture(tmp_path, read):
    pixels = np.zeros((64, 96, 4), np.uint8)
    pixels[:8, :24] = 200, 100, 50, 77
    path = tmp_path / "in.mov"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "rgba"
        stream.set_display_rotation(90)
        output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgba")))
        output.mux(stream.encode(None))
    picture, expected = read(path)[0][0].picture, np.rot90(pixels)
    np.testing.assert_array_equal(picture.pixels, expected[..., :3])
    np.testing.assert_array_equal(picture.alpha, expected[..., 3])


def test_depth_is_rotated_with_its_picture(make_clip, read):
    picture = read(make_clip(pix_fmt="yuv420p10le", rotation=90, count=1), hdr="keep")[0][0].picture
    assert picture.pixels.shape == picture.residual.shape == (96, 64, 3)


def test_another_size_can_be_scaled_into_the_first_one_on_black(write_jpegs, read):
    path = write_jpegs("spliced.avi", SPLICED, time_base=Fraction(1, 25))
    frames, source = read(path, on_size_change="letterbox")
    assert {frame.picture.pixels.shape for frame in frames} == {(64, 96, 3)}
    inner = frames[3].picture.pixels
    assert (inner[:, :16] == 0).all() and (inner[:, 80:] == 0).all()
    assert abs(inner[:, 17:79].astype(int) - 100).max() <= 3
    assert frames[5].picture.pixels.min() > 100
    assert source.warnings == ["2 frames of another size were scaled into the first one's, on black."]


def test_frames_that_are_not_wanted_are_counted_but_not_converted(make_clip, read, monkeypatch):
    converted, original = [], UprightPictures._converted

    def counted(self, decoded):
        converted.append(decoded.pts)
        return original(self, decoded)

    monkeypatch.setattr(UprightPictures, "_converted", counted)
    frames, source = read(make_clip(count=20), lambda index: index in (3, 17))
    assert [frame.index for frame in frames] == [3, 17]
    assert (source.frames_read, len(converted)) == (20, 2)


def boxes(data, start, end):
    while start < end:
        size = int.from_bytes(data[start : start + 4], "big")
        yield data[start + 4 : start + 8], start, size
        start += size


def add_clap(path, width, height):
    """Put a clean aperture of this size, centred, into an mp4 (ISO/IEC 14496-12, 12.1.4)."""
    data, chain, start, end = bytearray(path.read_bytes()), [], 0, path.stat().st_size
    skipped = {b"stsd": 8, b"avc1": 78}
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"):
        place, size = next((at, size) for kind, at, size in boxes(data, start, end) if kind == name)
        chain.append((place, size))
        start, end = place + 8 + skipped.get(name, 0), place + size
    numbers = b"".join(value.to_bytes(4, "big") for value in (width, 1, height, 1, 0, 1, 0, 1))
    for place, size in chain:
        data[place : place + 4] = (size + 40).to_bytes(4, "big")
    data[end:end] = (40).to_bytes(4, "big") + b"clap" + numbers
    path.write_bytes(data)


def test_a_clean_aperture_of_an_mp4_is_what_is_translated(make_clip, tmp_path, look):
    path, sizes = make_clip(count=3), set()
    add_clap(path, 80, 48)

    def note(frames):
        sizes.add(frames.shape[1:3])
        return frames

    report = video.translate_video(path, tmp_path / "out.mp4", note)
    assert sizes == {(48, 80)}
    assert look(tmp_path / "out.mp4").size == (80, 48)
    assert any("crops the picture to 80x48" in warning for warning in report.warnings)
    before, after = look(path).pixels[0][8:-8, 8:-8].astype(int), look(tmp_path / "out.mp4").pixels[0]
    assert abs(before - after).max() < 12


def test_the_crop_of_a_matroska_file_is_what_is_translated(matroska_of, ebml, tmp_path, identity):
    crop = ebml("54BB", 8) + ebml("54AA", 6) + ebml("54CC", 4) + ebml("54DD", 2)
    source = matroska_of([0, 0.04, 0.08], video=crop)
    report = video.translate_video(source, tmp_path / "out.mkv", identity)
    assert (report.width, report.height) == (90, 50)
    assert next(video.read_clip(tmp_path / "out.mkv"))[0].shape == (50, 90, 3)

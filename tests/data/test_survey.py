import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.data.survey import survey
from cyclegan_tf.images.preprocess import Preprocess

SMALL = Preprocess("crop", crop_size=48)


def noise(seed, size=(64, 64)):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def claimed_png(side):
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT"


def encoded(file_format):
    buffer = io.BytesIO()
    Image.fromarray(noise(9)).save(buffer, file_format)
    return buffer.getvalue()


PROBLEMS = [
    ("unreadable", b"just words"),
    ("unreadable", b"<html>not found"),
    ("truncated", encoded("JPEG")[:-300]),
    ("truncated", encoded("PNG")[:-300]),
    ("truncated", encoded("PNG")[:-12]),
    ("oversized", claimed_png(20_000)),
]


def survey_one(path, preprocess=SMALL, **options):
    (finding,) = survey([PictureFile(path)], preprocess, **options)
    return finding


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(("problem", "content"), PROBLEMS)
def test_what_cannot_be_read_is_found_by_kind_with_its_reason(tmp_path, problem, content):
    (tmp_path / "bad.jpg").write_bytes(content)
    finding = survey_one(tmp_path / "bad.jpg")
    assert (finding.name, finding.problem) == (str(tmp_path / "bad.jpg"), problem)
    assert finding.reason


def test_an_animation_is_found(tmp_path):
    frames = [Image.fromarray(noise(seed)) for seed in (1, 2)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert survey_one(tmp_path / "a.gif").problem == "animated"


@pytest.mark.parametrize(
    ("size", "preprocess", "problem", "reason"),
    [
        ((40, 64), SMALL, "too small", "a picture of 64x40"),
        ((64, 64), Preprocess("none", at_least=128), "too small", "a picture of 64x64"),
        ((130, 128), Preprocess("none", at_least=128), "not divisible", "a picture of 128x130"),
    ],
    ids=["crop", "networks", "stride"],
)
def test_a_picture_of_a_size_that_cannot_be_used_is_found(tmp_path, size, preprocess, problem, reason):
    save(tmp_path / "odd.png", noise(9, size))
    finding = survey_one(tmp_path / "odd.png", preprocess, quick=True)
    assert finding.problem == problem
    assert reason in finding.reason


def test_arrays_have_findings_too_and_all_are_counted():
    calls = []
    findings = survey([noise(0), noise(1)[..., :1]], SMALL, on_picture=lambda: calls.append(1))
    assert [(each.name, each.size, each.mode) for each in findings] == [
        ("number 0", (64, 64), "RGB"),
        ("number 1", (64, 64), "grey"),
    ]
    assert len(calls) == 2

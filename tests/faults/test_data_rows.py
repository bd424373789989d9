"""Rows 11 and 14 of the fault catalogue: what needs a process to measure, or a system that refuses."""

import io
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.data.loading import load_data
from cyclegan_tf.errors import DataError

# Not ru_maxrss, which begins at the peak of the process that started this one.
MEASURE = """
import re, sys
from pathlib import Path
from cyclegan_tf.errors import DataError
from cyclegan_tf.images.reading import read_image

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

read_image(sys.argv[1])
before = peak()
for path in sys.argv[2:]:
    try:
        read_image(path)
        sys.exit("read a bomb")
    except DataError:
        pass
print(peak() - before)
"""


def kilobytes(code, *paths):
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True)
    return int(done.stdout)


def claimed(file_format, side):
    """A small file whose header claims side x side pixels."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, file_format)
    content = bytearray(buffer.getvalue())
    if file_format == "PNG":
        content[16:24] = struct.pack(">II", side, side)
        content[29:33] = zlib.crc32(content[12:29]).to_bytes(4)
    else:
        start = content.index(b"\xff\xc0") + 5
        content[start : start + 4] = struct.pack(">HH", side, side)
    return content


def test_row_11_refusing_a_header_that_claims_too_much_takes_no_memory_for_the_pixels(tmp_path):
    Image.new("RGB", (40, 40)).save(tmp_path / "good.png")
    (tmp_path / "bomb.png").write_bytes(claimed("PNG", 20_000))
    (tmp_path / "bomb.jpg").write_bytes(claimed("JPEG", 9000))
    assert kilobytes(MEASURE, *(tmp_path / name for name in ("good.png", "bomb.png", "bomb.jpg"))) < 50_000


def test_the_memory_of_row_11_is_really_measured(tmp_path):
    Image.new("RGB", (40, 40)).save(tmp_path / "good.png")
    code = MEASURE.replace("before = peak()", "before = peak(); bytearray(10**8)")
    assert kilobytes(code, tmp_path / "good.png") > 90_000


def test_row_14_a_file_that_the_system_will_not_open_is_a_data_error(tmp_path, monkeypatch):
    """As chmod does to everybody but root, under whom tests often run."""
    for domain, colour in (("trainA", "red"), ("trainB", "blue")):
        (tmp_path / domain).mkdir()
        Image.new("RGB", (40, 40), colour).save(tmp_path / domain / "0.png")
    options = ("data.preprocess=crop", "data.crop_size=32", "data.cache=off")
    loaded = load_data(load_config("demo", [f"data.root={tmp_path}", *options]))

    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(DataError, match="step 7: cannot read the picture") as caught:
        loaded.batch(7)
    assert "Permission denied" in caught.value.detail

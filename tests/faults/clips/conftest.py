"""Clips with something wrong, and the command line that gets them."""

import importlib.util
import socket
import struct
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest


def _load(place):
    """Return a conftest of video's tests: clips are made and inspected in the same way here."""
    spec = importlib.util.spec_from_file_location("clip_" + place.replace("/", "_"), _VIDEO / place)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_VIDEO = Path(__file__).parents[2] / "video"
_clips, _tracks = _load("conftest.py"), _load("streams/conftest.py")
make_clip, look, only_files = _clips.make_clip, _clips.look, _clips.only_files
make_tracks, track = _tracks.make_tracks, _tracks.track


def _check_text(result, exit_code, parts):
    assert result.exit_code == exit_code, result.output
    assert any(line.startswith("error: ") for line in result.stderr.splitlines()), result.stderr
    assert any(line.startswith("fix: ") for line in result.stderr.splitlines()), result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    for part in parts:
        assert str(part) in result.stderr


@pytest.fixture
def assert_refused():
    """A function of (result, exit_code, *words): the code, an `error:` and a `fix:` line, no traceback."""
    return lambda result, exit_code, *parts: _check_text(result, exit_code, parts)


@pytest.fixture
def refused(command, tmp_path, only_files):
    """A function that gives a clip to `video` and `info`; both must refuse it before any work."""

    def check(source, exit_code, *parts):
        before = only_files(tmp_path)
        for arguments in (
            ("video", source, tmp_path / "out.mp4", "--model", tmp_path / "unread"),
            ("video", source, tmp_path / "out.mkv", "--dry-run"),
            ("info", source),
        ):
            result = command(*arguments)
            _check_text(result, exit_code, parts)
            lines = result.stderr.splitlines()
            assert lines[0].startswith("error: ")
            assert lines[-1].startswith("fix: ")
            assert "starting TensorFlow" not in result.stderr
            assert only_files(tmp_path) == before

    return check


@pytest.fixture
def translate(command, tiny_run):
    """A function that calls `video` with a small model; more arguments may follow."""
    return lambda source, target, *more: command(
        "video", "--model", tiny_run, "--batch-size", 4, "--json", *more, "--", source, target
    )


class Listener:
    """A socket on this machine that counts connections.

    Attributes:
        address: where, as host:port.
    """

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.address = "{}:{}".format(*self._socket.getsockname())

    def calls(self) -> int:
        """Return the number of connections so far."""
        count = 0
        try:
            while True:
                self._socket.accept()[0].close()
                count += 1
        except BlockingIOError:
            return count

    def close(self):
        self._socket.close()


@pytest.fixture
def listener():
    """A Listener; a test of its own shows that it counts."""
    waiting = Listener()
    yield waiting
    waiting.close()


def _chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _jpeg(size, value):
    context = av.CodecContext.create("mjpeg", "w")
    context.width, context.height, context.pix_fmt, context.time_base = *size, "yuvj420p", Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), value, np.uint8), format="rgb24")
    packets = [*context.encode(frame.reformat(format="yuvj420p")), *context.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


def _avi(pictures, size, texts):
    width, height = size
    main = struct.pack("<14I", 40000, 0, 0, 0, len(pictures), 0, 1 + len(texts), 0, width, height, *[0] * 4)
    video = b"vidsMJPG" + struct.pack("<10I", 0, 0, 0, 1, 25, 0, len(pictures), 0, 0, 0) + bytes(8)
    form = struct.pack("<IiiHH4s5I", 40, width, height, 1, 24, b"MJPG", 0, 0, 0, 0, 0)
    streams = _chunk(b"LIST", b"strl" + _chunk(b"strh", video) + _chunk(b"strf", form))
    body = b"".join(_chunk(b"00dc", picture) for picture in pictures)
    for number, text in enumerate(texts, 1):
        subtitles = b"txts" + bytes(16) + struct.pack("<8I", 1, 25, 0, 1, 0, 0, 0, 0) + bytes(8)
        streams += _chunk(b"LIST", b"strl" + _chunk(b"strh", subtitles) + _chunk(b"strf", b""))
        packet = b"GAB2\0" + struct.pack("<HI", 2, 2) + b"a\0" + struct.pack("<HI", 4, len(text)) + text
        body += _chunk(b"%02dtx" % number, packet)
    header = _chunk(b"LIST", b"hdrl" + _chunk(b"avih", main) + streams)
    return _chunk(b"RIFF", b"AVI " + header + _chunk(b"LIST", b"movi" + body))


@pytest.fixture
def make_avi(tmp_path):
    """A function that writes an AVI of JPEGs byte by byte, so that every byte can be a lie.

    `texts` are streams of subtitles (GAB2), which players hand to demuxers of their own; `size` is what the
    header declares; `change` gets each JPEG's bytes.
    """

    def make(name="in.avi", *, sizes=((96, 64),) * 3, size=(96, 64), texts=(), change=bytes):
        pictures = [change(_jpeg(each, 40 + 30 * index)) for index, each in enumerate(sizes)]
        (tmp_path / name).write_bytes(_avi(pictures, size, texts))
        return tmp_path / name

    return make

"""Reading with `ClipSource`, and clips that only plain PyAV can write."""

from fractions import Fraction

import av
import numpy as np
import pytest

from video.core.options import Options
from video.probe import inspect_source
from video.reading.reader import ClipSource


@pytest.fixture
def read():
    """A function that reads a clip: its frames, and the closed source."""

    def run(path, wanted=lambda index: True, **options):
        options = Options(**options)
        with ClipSource(inspect_source(path, options), options) as source:
            return list(source.frames(wanted)), source

    return run


@pytest.fixture
def packet_places():
    """A function from a clip to {PTS: (position in the file, size)} of its video packets."""

    def places(path):
        with av.open(str(path)) as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
        return {packet.pts: (packet.pos, packet.size) for packet in packets}

    return places


@pytest.fixture
def write_jpegs(tmp_path):
    """A function that writes one grey JPEG of each size, each brighter than the one before."""

    def write(name, sizes, times=None, time_base=Fraction(1, 1000)):
        path = tmp_path / name
        with av.open(str(path), "w") as output:
            stream = output.add_stream("mjpeg", rate=25)
            stream.width, stream.height, stream.pix_fmt = *sizes[0], "yuvj420p"
            stream.time_base = time_base
            for index, (width, height) in enumerate(sizes):
                context = av.CodecContext.create("mjpeg", "w")
                context.width, context.height, context.pix_fmt = width, height, "yuvj420p"
                context.time_base = time_base
                pixels = np.full((height, width, 3), 40 + 20 * index, np.uint8)
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuvj420p")
                packet = av.Packet(bytes(context.encode(frame)[0]))
                packet.stream, packet.time_base = stream, time_base
                packet.dts, packet.pts = index, times[index] if times else index
                output.mux(packet)
        return path

    return write

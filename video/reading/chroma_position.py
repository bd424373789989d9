"""Where the chroma samples of a stream lie between its luma samples, as its container or packets say.

PyAV does not tell. FFmpeg's Matroska muxer does: it writes what it knows about a stream into the header.
"""

import io
import re
from typing import Any

import av

# Horizontal and vertical position (RFC 9559, 5.1.4.1.28.21 and .22): 1 on a luma sample, 2 between two.
_POSITIONS = {(1, 1): "topleft", (1, 2): "left", (2, 1): "top", (2, 2): "center"}
_ACROSS, _DOWN = re.compile(rb"\x55\xb7\x81([\x01\x02])"), re.compile(rb"\x55\xb8\x81([\x01\x02])")


def chroma_position(stream: Any) -> str:
    """Return FFmpeg's name of the position; 'left' where the stream says nothing.

    H.264, HEVC, MPEG-2 and MPEG-4 define an unspecified position as left, and players read every codec so.
    """
    header = io.BytesIO()
    try:
        with av.open(header, "w", format="matroska") as output:
            output.add_stream_from_template(stream, opaque=True)
            output.start_encoding()
    except (av.FFmpegError, ValueError):
        # Matroska does not hold the codec.
        return "left"
    across, down = _ACROSS.search(header.getvalue()), _DOWN.search(header.getvalue())
    return _POSITIONS[across[1][0], down[1][0]] if across and down else "left"

"""Check of a file's structure: whether its boxes, chunks, elements or packets are complete.

Demuxers silently skip what they cannot read. The sizes and markers in the file reveal it: what ends past the
end of the file was cut off, and bytes that are not an element where one must be are damaged.
"""

import os
import re
from dataclasses import dataclass

import numpy as np

from video.reading.first_bytes import HEAD_BYTES, mov_boxes, transport_packets
from video.reading.matroska import walk_matroska
from video.reading.recorder_structure import bytes_missing

_CHUNK = re.compile(rb"[0-9A-Za-z]{3}[0-9A-Za-z ]")
_MOV_CONTENT = (b"moov", b"mdat", b"moof")
_PACKETS_A_READ = 1 << 15
_NULL_PID = 0x1FFF
_FIRST_PACK_CODE, _PACK, _END = 0xB9, 0xBA, 0xB9


@dataclass(frozen=True)
class Damage:
    """What is wrong with a file's structure.

    Attributes:
        cut: why its end must be missing; empty if it is there.
        broken_at: position of the first invalid byte, None if there is none.
        may_lack_packets: whether the continuity counters have a gap. Where recordings were joined, nothing
            is lost.
    """

    cut: str = ""
    broken_at: int | None = None
    may_lack_packets: bool = False


def damage_of(path: str | os.PathLike, family: str) -> Damage:
    """Check sizes and markers only, without decoding.

    Args:
        path: a file that exists.
        family: the result of `video.reading.opening.family`.
    """
    checks = {
        "mov": _mov_damage,
        "avi": _avi_damage,
        "matroska": _matroska_damage,
        "mpegts": _transport_damage,
        "mpeg": _program_damage,
    }
    with open(path, "rb") as file:
        length = os.path.getsize(path)
        if family in checks:
            return checks[family](file, length)
        missing = bytes_missing(file, length, family)
        return Damage(_past_end("its last element", length + missing, length)) if missing else Damage()


def _mov_damage(file, length: int) -> Damage:
    """Walk over the boxes (ISO/IEC 14496-12, 4.2)."""
    for kind, end in mov_boxes(file, length):
        if end > length and kind in _MOV_CONTENT:
            return Damage(_past_end(f"its box {kind.decode()}", end, length))
    return Damage()


def _avi_damage(file, length: int) -> Damage:
    """Walk over the outermost RIFF chunks, several in a large OpenDML file, and the chunks in them."""
    position, broken_at = 0, None
    while position + 12 <= length and broken_at is None:
        file.seek(position)
        head = file.read(12)
        size = int.from_bytes(head[4:8], "little")
        # A recorder that was killed leaves the size empty.
        if not head.startswith(b"RIFF") or size in (0, 0xFFFFFFFF):
            break
        end = position + 8 + size
        broken_at = _break_in_chunks(file, position + 12, min(end, length))
        position = end
    return Damage(_past_end("its RIFF chunk", position, length) if position > length else "", broken_at)


def _break_in_chunks(file, position: int, end: int) -> int | None:
    """Return the first position that should be a chunk and is not, None if there is none; enter lists."""
    while position + 8 <= end:
        file.seek(position)
        head = file.read(12)
        size = int.from_bytes(head[4:8], "little")
        if head[:4] == b"LIST" and head[8:12] in (b"movi", b"rec "):
            position += 12
        elif _CHUNK.fullmatch(head[:4]):
            position += 8 + size + size % 2
        else:
            return position
    return None


def _matroska_damage(file, length: int) -> Damage:
    end, is_element = walk_matroska(file, length)
    if not is_element:
        return Damage(broken_at=end)
    return Damage(_past_end("its last element", end, length)) if end > length else Damage()


def _transport_damage(file, length: int) -> Damage:
    """Check the sync byte of every packet of a transport stream, and the continuity counters."""
    start, size = transport_packets(file.read(HEAD_BYTES))
    file.seek(start)
    position, last_counts, lacks_packets = start, {}, False
    while len(data := file.read(size * _PACKETS_A_READ)) >= size:
        whole = len(data) // size
        packets = np.frombuffer(data, np.uint8, count=whole * size).reshape(whole, size)
        wrong = np.flatnonzero(packets[:, 0] != 0x47)
        if len(wrong):
            return Damage(broken_at=position + int(wrong[0]) * size)
        lacks_packets = lacks_packets or _has_gap(packets, last_counts)
        position += whole * size
    rest = (length - start) % size
    # In an m2ts, 4 bytes precede each packet, so the last one ends early.
    cut = "" if rest in (0, 188) else f"its last packet has {rest} of {size} bytes"
    return Damage(cut, may_lack_packets=lacks_packets)


def _has_gap(packets: np.ndarray, last_counts: dict[int, int]) -> bool:
    """Return whether a continuity counter has a gap; it counts the packets with payload (2.4.3.3).

    Args:
        packets: uint8 (num_packets, at least 188).
        last_counts: last counter of every PID so far; it is updated.
    """
    pids = (packets[:, 1].astype(int) & 0x1F) << 8 | packets[:, 2]
    has_payload = (packets[:, 3] & 0x10 > 0) & (pids != _NULL_PID)
    lacks = False
    for pid in np.unique(pids[has_payload]).tolist():
        counts = packets[has_payload & (pids == pid), 3].astype(int) & 15
        before = np.concatenate([[last_counts.get(pid, (counts[0] - 1) & 15)], counts[:-1]])
        # A packet may be sent twice, with the same counter.
        lacks = lacks or bool(np.any(((counts - before) & 15) > 1))
        last_counts[pid] = int(counts[-1])
    return lacks


def _program_damage(file, length: int) -> Damage:
    """Walk over packs and packets of a program stream (ISO/IEC 13818-1, 2.5.3.3; MPEG-1: 11172-1)."""
    position = 0
    while position < length:
        file.seek(position)
        head = file.read(14)
        if len(head) < 6:
            return Damage() if not head.strip(b"\0") else Damage("its last packet has no header")
        if not any(head[:4]):
            # Writers pad sectors with zeros, and extra zeros may precede a start code.
            position = _first_not_zero(file, position) - 2
            continue
        code = head[3]
        if head[:3] != b"\0\0\1" or code < _FIRST_PACK_CODE:
            return Damage(broken_at=position)
        if code == _END:
            position += 4
        elif code == _PACK:
            position += 12 if head[4] >> 4 == 2 else 14 + (head[13] & 7 if len(head) == 14 else 0)
        else:
            position += 6 + int.from_bytes(head[4:6])
    return Damage(_past_end("its last packet", position, length)) if position > length else Damage()


def _first_not_zero(file, position: int) -> int:
    """Return the position of the first byte that is not 0, or the end of the file."""
    file.seek(position)
    while chunk := file.read(4096):
        rest = chunk.lstrip(b"\0")
        if rest:
            return position + len(chunk) - len(rest)
        position += len(chunk)
    return position + 2


def _past_end(what: str, end: int, length: int) -> str:
    return f"{what} ends {end - length} bytes past the end of the file"

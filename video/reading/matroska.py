"""Walk over the EBML elements of a Matroska or WebM file by their declared sizes (RFC 8794, RFC 9559)."""

from typing import BinaryIO

_SEGMENT, _CLUSTER, _HEADER = 0x18538067, 0x1F43B675, 0x1A45DFA3
_ANYWHERE = {0xEC, 0xBF}  # Void, CRC-32
_IN_SEGMENT = _ANYWHERE | {
    0x114D9B74,  # SeekHead
    0x1549A966,  # Info
    0x1654AE6B,  # Tracks
    0x1043A770,  # Chapters
    0x1C53BB6B,  # Cues
    0x1941A469,  # Attachments
    0x1254C367,  # Tags
    _CLUSTER,
}
_IN_CLUSTER = _ANYWHERE | {
    0xE7,  # Timestamp
    0x5854,  # SilentTracks
    0xA7,  # Position
    0xAB,  # PrevSize
    0xA3,  # SimpleBlock
    0xA0,  # BlockGroup
    0xAF,  # EncryptedBlock
}


def walk_matroska(file: BinaryIO, length: int) -> tuple[int, bool]:
    """Go from element to element down to the blocks of the clusters.

    Args:
        file: open at any position.
        length: of the file in bytes.

    Returns:
        (position, is_element): where the walk ended. `is_element` is False at an element that is not allowed
        there. Otherwise the position is the end of the last element, after `length` if it was cut off.
    """
    position, limit, in_cluster, declared = 0, None, False, 0
    while position < length:
        if in_cluster and position == limit:
            in_cluster, limit = False, None
        identifier, size, data = _element(file, position)
        if identifier is None:
            # A header that is cut off at the end of the file is not damage.
            return (max(declared, length + 1), True) if data > length else (position, False)
        if in_cluster and limit is None and identifier in _IN_SEGMENT - _ANYWHERE:
            in_cluster = False
        if identifier == _SEGMENT:
            position, declared = data, data + size if size is not None else 0
        elif identifier == _HEADER and not in_cluster:
            position = data + (size or 0)
        elif identifier not in (_IN_CLUSTER if in_cluster else _IN_SEGMENT):
            return position, False
        elif identifier == _CLUSTER:
            position, limit, in_cluster = data, data + size if size is not None else None, True
        elif size is None or (limit is not None and data + size > limit):
            return position, False
        else:
            position = data + size
    return max(position, declared, limit or 0), True


def _element(file: BinaryIO, position: int) -> tuple[int | None, int | None, int]:
    """Return an element's identifier, its size (None if unknown) and where its data start.

    The identifier is None if the bytes are not an element; then the last value is where they would end.
    """
    file.seek(position)
    head = file.read(12)
    id_length = 9 - head[0].bit_length() if head[0] else 9
    if id_length > 4:
        return None, None, position
    if len(head) <= id_length:
        return None, None, position + 13
    size_length = 9 - head[id_length].bit_length() if head[id_length] else 9
    if size_length > 8:
        return None, None, position
    end = id_length + size_length
    if len(head) < end:
        return None, None, position + 13
    size = int.from_bytes(head[id_length:end]) & ((1 << 7 * size_length) - 1)
    is_unknown = size == (1 << 7 * size_length) - 1
    return int.from_bytes(head[:id_length]), None if is_unknown else size, position + end

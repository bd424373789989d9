"""Elements of EBML, the format of Matroska and WebM, in bytes that are whole (RFC 8794, section 4)."""

from collections.abc import Iterator


def element_at(data: bytes, position: int) -> tuple[int, int, int]:
    """Return an element's ID and the start and end of its content."""
    id_length = 9 - data[position].bit_length()
    size_at = position + id_length
    size_length = 9 - data[size_at].bit_length()
    start = size_at + size_length
    size = int.from_bytes(data[size_at:start]) & ((1 << 7 * size_length) - 1)
    return int.from_bytes(data[position:size_at]), start, start + size


def children(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield what `element_at` returns for each of the elements that follow each other."""
    position = 0
    while position < len(data):
        yield (found := element_at(data, position))
        position = found[2]


def content_at(data: bytes, *path: int) -> bytes | None:
    """Return the content of the first element with these IDs, from the outermost in; None without one."""
    for wanted in path:
        found = next(
            ((start, end) for identifier, start, end in children(data) if identifier == wanted), None
        )
        if found is None:
            return None
        data = data[slice(*found)]
    return data

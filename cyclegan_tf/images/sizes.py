"""Sizes of pictures in text: width first, as 1280x720; arrays have the height first."""

import re

from cyclegan_tf.errors import UsageError

# Of a picture that is read, unless another limit is given.
MAX_PIXELS = 100_000_000


def size_text(size: tuple[int, int]) -> str:
    """Return a size of (height, width) pixels as WIDTHxHEIGHT."""
    height, width = size
    return f"{width}x{height}"


def parse_size(text: str, option: str = "--size") -> tuple[int, int]:
    """Read a size from WIDTHxHEIGHT.

    Args:
        text: such as 1280x720.
        option: where it was given, for the error.

    Returns:
        Height and width in pixels.

    Raises:
        UsageError: if it is not of this form.
    """
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if not match:
        raise UsageError(
            f"{option} is not a size: {text}",
            detail="expected WIDTHxHEIGHT, 1 to 99999 pixels each",
            fix=f"give it as {option} 1280x720",
        )
    return int(match[2]), int(match[1])

"""The classes that a classifier is to see in translations: the options --expect and --expect-ba."""

from cyclegan_tf.errors import UsageError
from cyclegan_tf.masking.subject import class_names, class_number
from cyclegan_tf.networks.efficientnet_lite0 import NUM_CLASSES


def parse_classes(text: str) -> dict[int, str]:
    """Read classes of ImageNet.

    Args:
        text: numbers from 0 or names, separated by commas, as "zebra" or "340,339".

    Returns:
        Names by number; "" for what is given by its number.

    Raises:
        UsageError: a name or a number is unknown, or the package with the names is not installed.
    """
    found = {}
    for word in filter(None, (word.strip() for word in text.split(","))):
        if word.isdecimal():
            found[_checked(int(word))] = ""
        else:
            found[class_number(word, class_names())] = word
    if not found:
        raise UsageError("no class is named", fix="give a name or a number of ImageNet's classes, as zebra")
    return found


def _checked(number: int) -> int:
    if number >= NUM_CLASSES:
        raise UsageError(
            f"no class of this number: {number}",
            detail=f"expected 0 to {NUM_CLASSES - 1}, as ImageNet's classes are numbered",
            fix="give another number, or a name such as zebra",
        )
    return number

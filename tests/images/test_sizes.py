import pytest

from cyclegan_tf.errors import UsageError
from cyclegan_tf.images.sizes import parse_size, size_text


def test_a_size_is_written_with_the_width_first():
    assert size_text((720, 1280)) == "1280x720"


def test_what_is_written_is_read_as_it_was():
    assert parse_size(size_text((3, 99999))) == (3, 99999)


@pytest.mark.parametrize(
    "text", ["", "x", "3x", "0x5", "5x0", "720", "1280 x 720", "1280X720", "100000x1", "-1x2"]
)
def test_what_is_not_a_size_is_refused(text):
    with pytest.raises(UsageError, match="--crop is not a size: .*\nexpected WIDTHxHEIGHT"):
        parse_size(text, "--crop")

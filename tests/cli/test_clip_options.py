import pytest

from cyclegan_tf.cli.clip_options import parse_rate, parse_seconds
from cyclegan_tf.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"), [("12.5", 12.5), ("1:02.5", 62.5), ("1:02:03", 3723), ("0", 0), (None, None)]
)
def test_times_are_written_as_people_write_them(text, seconds):
    assert parse_seconds("--start", text) == seconds


@pytest.mark.parametrize("text", ["", "1:2:3:4", "a", "1/0", "1::2"])
def test_what_is_not_a_time_is_refused(text):
    with pytest.raises(UsageError, match="--end is not a time"):
        parse_seconds("--end", text)


@pytest.mark.parametrize("text", ["a", "1/0", ""])
def test_what_is_not_a_rate_is_refused(text):
    with pytest.raises(UsageError, match="--fps is not a rate"):
        parse_rate(text)

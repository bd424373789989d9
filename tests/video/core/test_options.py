import pytest

import video


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"quality": "best"}, "found 'best'\nfix: use one of lossless, high, good, small"),
        ({"start": -1}, "expected 0 seconds or more; found -1"),
        ({"start": 2, "end": 1}, "expected more than 2 seconds; found 1"),
        ({"fps": 0}, "at most 1000 frames per second; found 0"),
        ({"steady": 1}, "0 or more, and less than 1; found 1"),
        ({"batch_size": 0}, "a whole number from 1; found 0"),
        ({"batch_size": True}, "a whole number from 1; found True"),
    ],
)
def test_a_value_out_of_range_is_refused_with_what_was_expected(options, found):
    with pytest.raises(video.UsageError, match=found):
        video.Options(**options)

import numpy as np
import pytest

from video.core.errors import MediaError
from video.measuring.pairing import check_sizes, paired


def pictures(*values, size=(32, 48)):
    return [np.full((*size, 3), value, np.uint8) for value in values]


def values_of(pairs):
    return [(int(pair.before[0, 0, 0]), int(pair.after[0, 0, 0]), pair.seconds) for pair in pairs]


def test_frames_are_paired_by_their_times_from_the_first_frame_on(source_of):
    source, result = (
        source_of(pictures(1, 2, 3), [50, 54, 62, 66]),
        source_of(pictures(7, 8, 9), [0, 4, 12, 16]),
    )
    assert values_of(paired(source, result)) == [(1, 7, 0.5), (2, 8, 0.54), (3, 9, 0.62)]


def test_times_that_a_container_rounded_still_fit(source_of):
    source, result = source_of(pictures(1, 2, 3), [0, 1, 3, 5]), source_of(pictures(7, 8, 9), [0, 2, 4, 5])
    assert [pair[:2] for pair in values_of(paired(source, result))] == [(1, 7), (2, 8), (3, 9)]


def test_a_frame_may_stand_for_equal_ones(source_of):
    source, result = source_of(pictures(1, 1, 3)), source_of(pictures(7, 9), [0, 8, 12])
    assert [pair[:2] for pair in values_of(paired(source, result))] == [(1, 7), (1, 7), (3, 9)]


def test_the_row_and_column_of_an_even_size_are_left_out(source_of):
    source, result = source_of(pictures(1, size=(31, 47))), source_of(pictures(7, size=(32, 48)))
    check_sizes(source, result)
    (pair,) = paired(source, result)
    assert pair.before.shape == pair.after.shape == (31, 47, 3)


@pytest.mark.parametrize(
    ("inputs", "outputs", "said"),
    [
        (
            [0, 4, 8, 12],
            [0, 4, 8],
            "at 0.08 s of the input the output has no frame\n.*3 of the input and 2 of",
        ),
        ([0, 4, 8], [0, 4, 8, 12], "at 0.08 s of the output the input has no frame"),
        ([0, 4, 8, 12], [0, 8, 12], "at 0.04 s of the input the output has no frame"),
        ([0, 4, 8], [0, 7, 11], "at 0.04 s of the input"),
    ],
    ids=["too short", "too long", "one is missing", "another time"],
)
def test_frames_that_do_not_fit_are_an_error_with_the_first_place(source_of, inputs, outputs, said):
    source, result = (source_of(pictures(*range(len(times) - 1)), times) for times in (inputs, outputs))
    with pytest.raises(MediaError, match=said):
        list(paired(source, result))


@pytest.mark.parametrize(
    ("size", "fix"), [((32, 96), "without --compare"), ((16, 24), "made from"), ((33, 48), "made from")]
)
def test_other_sizes_are_an_error(source_of, size, fix):
    with pytest.raises(
        MediaError, match=f"expected 48x32 as in the input; found {size[1]}x{size[0]}\n.*{fix}"
    ):
        check_sizes(source_of(pictures(0)), source_of(pictures(0, size=size)))

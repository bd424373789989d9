import numpy as np
import pytest

from cyclegan_tf.images.levels import from_wide, to_levels, to_wide

ALL = np.arange(65536, dtype=np.uint16)


def test_16_bits_without_a_range_stay_as_they_are():
    np.testing.assert_array_equal(to_wide(ALL), ALL)
    np.testing.assert_array_equal(from_wide(ALL, np.dtype(np.uint16)), ALL)


@pytest.mark.parametrize(
    ("values", "value_range"),
    [
        (np.arange(256, dtype=np.uint8), (100, 200)),
        (np.arange(4096, dtype=np.uint16), (0, 4095)),
        (np.arange(-1000, 1001, dtype=np.int16), (-1000, 1000)),
        (np.linspace(-1, 1, 300, dtype=np.float32), (-1, 1)),
        (np.linspace(0, 1, 300), (0, 1)),
    ],
    ids=["uint8", "12_bits", "signed", "float32", "float64"],
)
def test_values_survive_the_way_there_and_back(values, value_range):
    back = from_wide(to_wide(values, value_range), values.dtype, value_range)
    assert back.dtype == values.dtype
    np.testing.assert_allclose(back, values, atol=0 if values.dtype.kind in "ui" else 2e-5)


def test_a_range_means_the_same_as_for_8_bits():
    eight = to_levels(ALL, (1000, 60000)).astype(int)
    np.testing.assert_allclose(to_wide(ALL, (1000, 60000)) / 257, eight, atol=0.51)


def test_what_is_beyond_the_range_is_clipped():
    assert to_wide(np.array([0, 50, 300], np.uint16), (100, 200)).tolist() == [0, 0, 65535]
    assert from_wide(np.array([65535], np.uint16), np.dtype(np.int16), (-1, 40000)).tolist() == [32767]


@pytest.mark.parametrize(
    ("values", "value_range", "message"),
    [
        (np.ones(2, np.float32), None, "floating-point pixels"),
        (np.array([1.0, np.nan]), (0, 1), r"1 pixels that are not numbers \(NaN\)"),
    ],
)
def test_floats_without_a_meaning_are_refused(values, value_range, message):
    with pytest.raises(ValueError, match=message):
        to_wide(values, value_range)


@pytest.mark.parametrize("values", [[-1000, 3000], [0, 70000]])
def test_integers_beyond_16_bits_need_a_range(values):
    found = f"outside the 16-bit range: {values[0]} to {values[1]}"
    for convert in (to_levels, to_wide):
        with pytest.raises(ValueError, match=found):
            convert(np.array(values, np.int32))


def test_integers_within_16_bits_need_no_range():
    wide = to_wide(np.array([0, 65535], np.int32))
    assert (wide.tolist(), wide.dtype) == ([0, 65535], np.uint16)


@pytest.mark.parametrize("dtype", [np.bool_, np.complex64])
@pytest.mark.parametrize("convert", [to_levels, to_wide])
def test_what_is_no_number_of_a_scale_is_refused_whatever_the_range(convert, dtype):
    with pytest.raises(ValueError, match="which are not levels"):
        convert(np.ones(2, dtype), (0, 1))


@pytest.mark.parametrize(
    ("dtype", "value_range"), [("int16", None), ("int8", (0, 255)), ("int16", (0, 40000)), ("float16", None)]
)
def test_uint16_is_taken_where_only_that_holds_the_range(dtype, value_range):
    found = from_wide(ALL[-1:], np.dtype(dtype), value_range)
    assert (found.tolist(), found.dtype) == ([value_range[1] if value_range else 65535], np.uint16)

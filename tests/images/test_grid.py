import numpy as np
import pytest

from cyclegan_tf.images.grid import displayable, image_grid


def flat(level, height=4, width=6):
    return np.full((height, width, 3), level, np.uint8)


def test_pictures_stand_in_rows_with_white_gaps():
    grid = image_grid([[flat(0), flat(10)], [flat(20), flat(30)]], gap=2)
    assert grid.shape == (10, 14, 3)
    assert [int(grid[y, x, 0]) for y, x in ((0, 0), (0, 8), (6, 0), (6, 8))] == [0, 10, 20, 30]
    assert (grid[4:6] == 255).all()
    assert (grid[:, 6:8] == 255).all()


def test_enlarging_repeats_whole_pixels():
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    np.testing.assert_array_equal(
        image_grid([[picture]], scale=3), np.kron(picture, np.ones((3, 3, 1), np.uint8))
    )


def test_headings_are_drawn_above_the_pictures_and_leave_them_alone():
    pictures = [flat(7, 64, 64), flat(9, 64, 64)]
    plain, headed = image_grid([pictures]), image_grid([pictures], labels=["real A", "translated"])
    height = headed.shape[0] - plain.shape[0]
    np.testing.assert_array_equal(headed[height:], plain)
    for column in (headed[:height, :64], headed[:height, 66:]):
        assert column.min() < 100
        assert column.max() == 255


def test_a_heading_is_made_to_fit_its_column():
    headed = image_grid([[flat(0, 64, 64)] * 2], labels=["translated by the network", "x"])
    narrow = image_grid([[flat(0, 64, 64)] * 2], labels=["x", "x"])
    assert headed.shape[0] < narrow.shape[0]


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([], {}, "at least one"),
        ([[flat(0)], [flat(0), flat(0)]], {}, "lengths"),
        ([[flat(0), flat(0, 5, 5)]], {}, "one size"),
        ([[flat(0).astype(np.float32)]], {}, "uint8"),
        ([[flat(0)]], {"labels": ["a", "b"]}, "labels"),
        ([[flat(0)]], {"scale": 0}, "scale"),
    ],
)
def test_what_cannot_be_laid_out_is_refused(rows, options, message):
    with pytest.raises(ValueError, match=message):
        image_grid(rows, **options)


@pytest.mark.parametrize(
    ("channels", "shown"), [(1, (1, 1, 1)), (2, (1, 1, 1)), (3, (1, 2, 3)), (5, (1, 2, 3))]
)
def test_any_number_of_channels_can_be_shown(channels, shown):
    picture = np.full((2, 2, channels), np.arange(1, channels + 1), np.uint8)
    assert displayable(picture)[0, 0].tolist() == list(shown)


def test_pictures_of_several_numbers_of_channels_stand_side_by_side():
    grid = image_grid([[flat(10)[..., :1], flat(20)]], gap=0)
    assert [grid[0, x].tolist() for x in (0, 6)] == [[10] * 3, [20] * 3]

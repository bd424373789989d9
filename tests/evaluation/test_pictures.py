import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.data.picture_set import fit_to
from cyclegan_tf.errors import DataError, UsageError
from cyclegan_tf.evaluation.pictures import find_parts, read_reals, read_sources
from cyclegan_tf.models.card import ModelCard
from cyclegan_tf.networks.specs import GeneratorSpec

FIT = fit_to((4, 4))
CARD = ModelCard({"ab": GeneratorSpec()}, (4, 4))


@pytest.fixture
def data(tmp_path):
    """Return a function that saves pictures: data(trainA="xy", testA="z") has x and y in trainA."""

    def save(folder=tmp_path / "data", **parts):
        for part, names in parts.items():
            (folder / part).mkdir(parents=True)
            for level, name in enumerate(names):
                Image.new("RGB", (8, 8), (level * 10,) * 3).save(folder / part / f"{name}.png")
        return folder

    return save


def sources(folder, *, masks=None, paired=None, num_pictures=None):
    return read_sources(find_parts(folder, None, None, CARD), FIT, masks, paired, num_pictures)


def test_test_pictures_are_measured(data):
    found = sources(data(trainA="abcd", trainB="efgh", testA="xyz", testB="uv"))
    assert (found.sets["a"].names, found.sets["b"].names) == (["x", "y", "z"], ["u", "v"])
    assert not found.paired and found.warnings == []


def test_training_pictures_take_the_place_of_missing_tests_with_a_warning(data):
    found = sources(data(trainA="ab", trainB="cd", testA="x"))
    assert found.sets["b"].names == ["c", "d"]
    assert found.warnings == ["there is no testB: training pictures are measured"]


def test_two_folders_of_their_own_are_tests(data, tmp_path):
    data(cats="ab", dogs="c")
    parts = find_parts(None, tmp_path / "data" / "cats", tmp_path / "data" / "dogs", CARD)
    found = read_sources(parts, FIT, None, None, None)
    assert (found.sets["a"].names, found.warnings) == (["a", "b"], [])


def test_equal_names_are_pairs_unless_it_is_said_otherwise(data):
    folder = data(trainA="a", trainB="b", testA="xy", testB="xy")
    assert sources(folder).paired and "count as pairs" in sources(folder).warnings[0]
    assert not sources(folder, paired=False).paired


def test_other_names_are_pairs_in_their_order(data):
    folder = data(trainA="a", trainB="b", testA="xyz", testB="uvw")
    found = sources(folder, paired=True, num_pictures=2)
    assert (found.sets["a"].names, found.sets["b"].names) == (["x", "z"], ["u", "w"])


def test_what_cannot_be_pairs_is_refused(data):
    with pytest.raises(DataError, match="do not come in pairs"):
        sources(data(trainA="a", trainB="b", testA="xyz", testB="uv"), paired=True)


def test_masks_of_one_domain_are_enough(data):
    folder = data(trainA="a", trainB="b", testA="xy", testB="u")
    masks = data(folder.parent / "masks", testA="xyz")
    found = sources(folder, masks=masks)
    assert found.sets["a"].masks.shape == (2, 4, 4, 1) and found.sets["b"].masks is None


def test_a_folder_without_masks_is_refused(data):
    folder = data(trainA="a", trainB="b", testA="x", testB="u")
    with pytest.raises(DataError, match="no masks in"):
        sources(folder, masks=folder / "testA")


@pytest.mark.parametrize(("reals", "count"), [("test", 2), ("train", 3), ("train+test", 5)])
def test_the_real_pictures_are_chosen(data, reals, count):
    parts = find_parts(data(trainA="a", trainB="bcd", testA="x", testB="uv"), None, None, CARD)
    assert len(read_reals(parts, "b", reals, FIT).names) == count


def test_training_pictures_that_are_not_given_cannot_be_compared_with(data, tmp_path):
    data(cats="ab", dogs="c")
    parts = find_parts(None, tmp_path / "data" / "cats", tmp_path / "data" / "dogs", CARD)
    with pytest.raises(UsageError, match="there is no trainB for --reals train"):
        read_reals(parts, "b", "train", FIT)


def test_pictures_are_read_with_the_channels_of_the_model(data):
    card = ModelCard({"ba": GeneratorSpec(input_channels=1, output_channels=3)}, None)
    parts = find_parts(data(trainA="a", trainB="b"), None, None, card)
    found = read_sources(parts, FIT, None, None, None).sets
    assert (found["a"].pixels.shape[-1], found["b"].pixels.shape[-1]) == (3, 1)
    assert found["b"].pixels.dtype == np.uint8

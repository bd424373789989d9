import logging

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.data import store as picture_store
from cyclegan_tf.data.store import PictureStore
from cyclegan_tf.errors import ConfigError, DataError
from cyclegan_tf.images.preprocess import Preprocess, prepare

SMALL = Preprocess(load_size=12, crop_size=8)


def save(folder, count, size=(16, 16)):
    folder.mkdir(exist_ok=True)
    generator = np.random.default_rng(0)
    for i in range(count):
        pixels = generator.integers(0, 256, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i:03}.png")
    return sorted(folder.iterdir())


def pictures(count, size=(16, 16)):
    return list(np.random.default_rng(0).integers(0, 256, (count, *size, 3), dtype=np.uint8))


@pytest.mark.parametrize("cache", ["memory", "off", "auto"])
def test_prepared_pictures_are_the_same_with_and_without_cache(tmp_path, cache):
    paths = save(tmp_path, 5)
    store = PictureStore(paths, SMALL, cache=cache)
    for index in (3, 0, 3):
        expected = prepare(np.asarray(Image.open(paths[index])), SMALL)
        np.testing.assert_array_equal(store.prepared(index), expected)


def test_arrays_are_taken_in_place_of_paths():
    images = pictures(3)
    store = PictureStore(images, SMALL)
    np.testing.assert_array_equal(store.prepared(1), prepare(images[1], SMALL))
    assert store.original(1) is images[1]


def test_memory_serves_pictures_whose_files_are_gone(tmp_path):
    paths = save(tmp_path, 2)
    store = PictureStore(paths, SMALL, cache="memory")
    paths[0].unlink()
    assert store.prepared(0).shape == (12, 12, 3)


@pytest.mark.parametrize("mode", ["resize_and_crop", "scale_shortside_and_crop"])
@pytest.mark.parametrize(("too_few", "in_memory"), [(0, True), (4, False)])
def test_auto_keeps_what_fits_in_a_quarter_of_the_available_memory(monkeypatch, mode, too_few, in_memory):
    monkeypatch.setattr(picture_store, "available_memory_bytes", lambda: 4 * 3 * 12 * 12 * 5 - too_few)
    assert PictureStore(pictures(5), Preprocess(mode, load_size=12, crop_size=8)).in_memory is in_memory


@pytest.mark.parametrize(("too_few", "in_memory"), [(0, True), (4, False)])
def test_auto_counts_pictures_as_large_as_a_zoom_prepares_them(monkeypatch, too_few, in_memory):
    given = [np.zeros((22, 30, 3), np.uint8)] * 5
    # Twice 12 is more than they have.
    monkeypatch.setattr(picture_store, "available_memory_bytes", lambda: 4 * 3 * 22 * 22 * 5 - too_few)
    zoomed = Preprocess(load_size=12, crop_size=8, zoom=2.0)
    assert PictureStore(given, zoomed).in_memory is in_memory


def test_progress_is_reported_for_every_picture():
    calls = []
    PictureStore(pictures(4), SMALL, on_progress=lambda *call: calls.append(call))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("cache", ["memory", "off"])
def test_all_broken_pictures_are_named_in_one_error(tmp_path, cache):
    paths = save(tmp_path, 6)
    paths[1].write_bytes(b"")
    paths[4].write_bytes(paths[4].read_bytes()[:-100])
    with pytest.raises(DataError) as caught:
        PictureStore(paths, SMALL, cache=cache)
    assert caught.value.what == "2 of 6 pictures cannot be used"
    assert "001.png\n    expected a complete picture; found an empty file" in caught.value.detail
    assert "004.png" in caught.value.detail
    assert caught.value.fix == "replace the file or remove it"


def test_a_long_list_of_broken_pictures_is_cut_with_the_count(tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(13)]
    with pytest.raises(DataError) as caught:
        PictureStore(paths, SMALL)
    assert caught.value.what == "13 of 13 pictures cannot be used"
    assert caught.value.detail.count("cannot read") == 10
    assert caught.value.detail.endswith("... and 3 more")


def test_a_single_broken_picture_is_named_in_the_first_line(tmp_path):
    paths = save(tmp_path, 2)
    paths[1].write_bytes(b"<html>")
    with pytest.raises(DataError) as caught:
        PictureStore(paths, SMALL)
    assert caught.value.what == f"cannot read the picture {paths[1]}"


def test_a_picture_too_small_for_the_crop_is_named(tmp_path):
    paths = save(tmp_path, 1, (6, 20))
    with pytest.raises(DataError, match="000.png") as caught:
        PictureStore(paths, Preprocess("crop", crop_size=8))
    assert "found a picture of 20x6" in caught.value.detail


def test_row_10_skipping_leaves_out_broken_pictures_and_warns_of_each(tmp_path, caplog):
    paths = [*save(tmp_path, 1), *pictures(99)]
    paths[0].write_bytes(b"")
    store = PictureStore(paths, SMALL, on_bad_image="skip")
    assert sorted(store.errors) == [0]
    assert sorted(store.sizes) == list(range(1, 100))
    assert "000.png" in caplog.text
    assert "skipped 1 of 100 pictures" in caplog.text


def test_skipping_stops_when_more_than_one_percent_is_broken(tmp_path):
    paths = [*save(tmp_path, 1), *pictures(98)]
    paths[0].write_bytes(b"")
    with pytest.raises(DataError, match="000.png"):
        PictureStore(paths, SMALL, on_bad_image="skip")


def test_mode_none_names_the_first_picture_of_another_size(tmp_path):
    paths = [*save(tmp_path / "a", 2, (16, 16)), *save(tmp_path / "b", 2, (16, 20))]
    with pytest.raises(DataError) as caught:
        PictureStore(paths, Preprocess("none"))
    assert caught.value.what == f"pictures of several sizes in mode none, first {paths[2]}"
    assert f"expected 16x16 as {paths[0]}; found 20x16" in caught.value.detail
    assert "scale_shortside_and_crop" in caught.value.fix


def warnings_of(caplog, images, mode):
    with caplog.at_level(logging.WARNING, "cyclegan_tf"):
        PictureStore(images, Preprocess(mode, load_size=12, crop_size=8))
    return [record.getMessage() for record in caplog.records if record.name == "cyclegan_tf"]


def test_squashing_is_said_once_with_the_mode_that_keeps_the_aspect(caplog):
    (message,) = warnings_of(caplog, [*pictures(3, (16, 24)), *pictures(1)], "resize_and_crop")
    assert message.startswith("3 of 4 pictures are not square")
    assert "scale_shortside_and_crop" in message


@pytest.mark.parametrize(
    ("size", "mode"),
    [((16, 16), "resize_and_crop"), ((16, 24), "scale_shortside_and_crop"), ((16, 24), "crop")],
)
def test_nothing_is_said_when_nothing_is_squashed(caplog, size, mode):
    assert warnings_of(caplog, pictures(2, size), mode) == []


@pytest.mark.parametrize("options", [{"cache": "disk"}, {"on_bad_image": "ignore"}])
def test_unknown_choices_are_refused(options):
    with pytest.raises(ConfigError, match="expected one of"):
        PictureStore(pictures(1), SMALL, **options)


def test_a_picture_that_changes_its_size_during_the_run_is_named(tmp_path):
    paths = save(tmp_path, 1)
    store = PictureStore(paths, SMALL, cache="off")
    Image.new("RGB", (30, 16)).save(paths[0])
    with pytest.raises(DataError, match="000.png"):
        store.prepared(0)

import os
import threading

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.data import dataset
from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.errors import ConfigError, DataError
from cyclegan_tf.images.preprocess import Preprocess

WHOLE = Preprocess("none", flip=False)


CROPPED = Preprocess("crop", crop_size=16)


def numbered(count, start=0):
    """Flat pictures, each of which shows its own number."""
    return [np.full((4, 4, 3), start + i, np.uint8) for i in range(count)]


def noise(count, channels=3):
    return list(np.random.default_rng(0).integers(0, 256, (count, 24, 24, channels), dtype=np.uint8))


def numbers(data, steps):
    """What each domain showed over the steps, as two lists of picture numbers."""
    batches = [data.batch(step) for step in steps]
    return tuple([int(image[0, 0, 0]) for batch in batches for image in batch[domain]] for domain in (0, 1))


def save(folder, count, size=(16, 16)):
    folder.mkdir()
    for i in range(count):
        Image.new("RGB", size, (i, 0, 0)).save(folder / f"{i:03}.png")
    return folder


@pytest.mark.parametrize(
    ("num_a", "num_b", "batch_size", "steps"), [(7, 3, 1, 7), (3, 7, 1, 7), (7, 3, 2, 4), (5, 5, 8, 1)]
)
def test_an_epoch_covers_the_longer_domain(num_a, num_b, batch_size, steps):
    assert UnpairedImages(numbered(num_a), numbered(num_b), WHOLE, batch_size).steps_per_epoch == steps


def test_a_batch_that_does_not_divide_runs_on_into_the_next_permutation():
    a, b = numbers(UnpairedImages(numbered(5), numbered(3), WHOLE, batch_size=2), range(15))
    assert all(sorted(a[i : i + 5]) == list(range(5)) for i in range(0, 30, 5))
    assert all(sorted(b[i : i + 3]) == list(range(3)) for i in range(0, 30, 3))


def test_replicas_have_the_parts_of_the_batch_that_one_has_whole():
    whole, parts = (UnpairedImages(noise(5), noise(3), CROPPED, size, seed=4) for size in (6, 2))
    for step in (0, 3):
        together = [np.concatenate(part) for part in zip(*(parts.batch(step, r, 3) for r in range(3)))]
        for one, other in zip(together, whole.batch(step), strict=True):
            np.testing.assert_array_equal(one, other)
    assert parts.steps_per_epoch_of(3) == whole.steps_per_epoch == 1


def test_a_host_serves_its_own_replicas_in_turn():
    data = UnpairedImages(numbered(7), numbered(5), WHOLE)
    served = list(data.dataset(2, 4, range(1, 3), 3).as_numpy_iterator())
    expected = [data.batch(step, replica, 3) for step in (2, 3) for replica in (1, 2)]
    np.testing.assert_array_equal([batch[0] for batch in served], [batch[0] for batch in expected])


@pytest.mark.parametrize("batch_size", [1, 3])
def test_a_batch_follows_from_seed_and_step_and_not_from_the_calls_before(batch_size):
    one, two = (UnpairedImages(noise(5), noise(3), CROPPED, batch_size, seed=4) for _ in range(2))
    forward = {step: one.batch(step) for step in range(12)}
    for step in (11, 0, 7, 7, 3):
        np.testing.assert_array_equal(two.batch(step), forward[step])


def test_another_seed_gives_another_run():
    one, two = (UnpairedImages(noise(5), noise(3), CROPPED, seed=seed) for seed in (0, 1))
    assert any((one.batch(step)[0] != two.batch(step)[0]).any() for step in range(3))


def test_the_cache_does_not_change_the_batches(tmp_path):
    folders = save(tmp_path / "a", 4, (30, 30)), save(tmp_path / "b", 3, (30, 30))
    one, two = (UnpairedImages.from_folders(*folders, CROPPED, 2, cache=cache) for cache in ("memory", "off"))
    for step in range(6):
        np.testing.assert_array_equal(one.batch(step), two.batch(step))


def test_augmentation_is_never_frozen():
    data = UnpairedImages(noise(1), noise(1), CROPPED)
    crops = {data.batch(epoch)[0].tobytes() for epoch in range(40)}
    assert len(crops) > 30


def test_the_domains_are_augmented_independently():
    same = noise(1)
    data = UnpairedImages(same, same, CROPPED)
    assert sum((a == b).all() for a, b in map(data.batch, range(40))) < 5


@pytest.mark.parametrize(
    ("preprocess", "shape"), [(CROPPED, (3, 16, 16, 3)), (Preprocess("none"), (3, 24, 24, 3))]
)
def test_batches_are_uint8_of_the_promised_shape(preprocess, shape):
    data = UnpairedImages(noise(2), noise(2), preprocess, batch_size=3)
    for batch in data.batch(0):
        assert batch.shape == shape == (3, *data.image_shape)
        assert batch.dtype == np.uint8


@pytest.mark.parametrize(
    ("count", "from_a", "from_b"), [(3, [0, 4, 8], [100, 102, 104]), (9, [0, 2, 4, 6, 8], [*range(100, 105)])]
)
def test_samples_are_evenly_spaced_and_no_more_than_the_smaller_domain_has(count, from_a, from_b):
    a, b = UnpairedImages(numbered(9), numbered(5, start=100), WHOLE).samples(count)
    assert (a[:, 0, 0, 0].tolist(), b[:, 0, 0, 0].tolist()) == (from_a, from_b)


def test_names_that_are_not_utf_8_have_a_fingerprint(tmp_path):
    folders = [save(tmp_path / os.fsdecode(name), 2) for name in (b"a\xe9", b"b")]
    before = UnpairedImages.from_folders(*folders, WHOLE).fingerprint
    (folders[0] / "000.png").rename(folders[0] / os.fsdecode(b"0\xe9.png"))
    after = UnpairedImages.from_folders(*folders, WHOLE).fingerprint
    assert before != after


def test_the_fingerprint_changes_with_the_pictures_and_not_with_their_place(tmp_path):
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        save(tmp_path / place / "a", 3)
        save(tmp_path / place / "b", 2)
    folders = [(tmp_path / place / "a", tmp_path / place / "b") for place in ("one", "two")]
    before = [UnpairedImages.from_folders(*pair, WHOLE).fingerprint for pair in folders]
    (folders[1][0] / "001.png").rename(folders[1][0] / "009.png")
    after = UnpairedImages.from_folders(*folders[1], WHOLE).fingerprint
    assert before[0] == before[1] != after


def test_broken_pictures_of_both_domains_are_named_together(tmp_path):
    folders = save(tmp_path / "a", 2), save(tmp_path / "b", 2)
    for folder in folders:
        (folder / "001.png").write_bytes(b"")
    with pytest.raises(DataError, match="2 of 4 pictures") as caught:
        UnpairedImages.from_folders(*folders, WHOLE)
    assert all(str(folder / "001.png") in caught.value.detail for folder in folders)


def test_skipped_pictures_never_appear(tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    data = UnpairedImages([bad, *numbered(99, start=1)], numbered(2), WHOLE, on_bad_image="skip")
    a, _ = numbers(data, range(data.steps_per_epoch))
    assert sorted(a) == list(range(1, 100))


def test_a_domain_of_which_nothing_is_left_is_refused(tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    with pytest.raises(DataError, match="domain B: no usable picture"):
        UnpairedImages(numbered(99), [bad], WHOLE, on_bad_image="skip")


@pytest.mark.parametrize("options", [{"batch_size": 0}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(ConfigError, match="expected at least"):
        UnpairedImages(numbered(1), numbered(1), WHOLE, **options)


def deleted_during_the_run(tmp_path):
    data = UnpairedImages.from_folders(save(tmp_path / "a", 1), save(tmp_path / "b", 1), WHOLE, cache="off")
    path = tmp_path / "b" / "000.png"
    path.unlink()
    return data, path


def test_a_picture_deleted_during_the_run_is_named_with_its_step(tmp_path):
    data, path = deleted_during_the_run(tmp_path)
    with pytest.raises(DataError) as caught:
        data.batch(5)
    assert caught.value.what == f"step 5: cannot read the picture {path}"


def test_the_dataset_serves_the_batches_of_its_steps_in_order():
    data = UnpairedImages(noise(5), noise(3), CROPPED, batch_size=2)
    served = list(data.dataset(4, 13).as_numpy_iterator())
    assert len(served) == 9
    for step, batch in enumerate(served, start=4):
        np.testing.assert_array_equal(batch, data.batch(step))


def test_the_dataset_has_static_shapes():
    import tensorflow as tf

    expected = tf.TensorSpec((2, 16, 16, 3), tf.uint8)
    assert UnpairedImages(noise(3), noise(3), CROPPED, 2).dataset(0, 1).element_spec == (expected, expected)


def test_the_dataset_keeps_the_error_that_tensorflow_does_not_name(tmp_path):
    import tensorflow as tf

    data, path = deleted_during_the_run(tmp_path)
    with pytest.raises(tf.errors.OpError):
        list(data.dataset(0, 3))
    assert data.error is not None
    assert data.error.what == f"step 0: cannot read the picture {path}"


def test_with_the_cache_off_the_dataset_loads_several_steps_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(dataset, "NUM_THREADS", 2)
    folders = save(tmp_path / "a", 2), save(tmp_path / "b", 2)
    data = UnpairedImages.from_folders(*folders, WHOLE, cache="off")
    expected = [data.batch(step) for step in range(4)]
    both_are_loading, load = threading.Barrier(2, timeout=20), data.batch

    def meet(step, *replica):
        both_are_loading.wait()
        return load(step, *replica)

    monkeypatch.setattr(data, "batch", meet)
    np.testing.assert_array_equal(list(data.dataset(0, 4).as_numpy_iterator()), expected)


def test_of_the_steps_that_fail_at_once_the_earliest_is_reported(tmp_path, monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(dataset, "NUM_THREADS", 2)
    data, path = deleted_during_the_run(tmp_path)
    second_has_failed, load = threading.Event(), data.batch

    def fail_in_reverse(step, *replica):
        if step == 0:
            assert second_has_failed.wait(20)
        try:
            return load(step, *replica)
        finally:
            if step == 1:
                second_has_failed.set()

    monkeypatch.setattr(data, "batch", fail_in_reverse)
    with pytest.raises(tf.errors.OpError):
        list(data.dataset(0, 2))
    assert data.error.what == f"step 0: cannot read the picture {path}"


def test_domains_of_different_channels_are_served_side_by_side():
    data = UnpairedImages(
        noise(2, channels=1), noise(2, channels=5), Preprocess("crop", crop_size=8), batch_size=3
    )
    assert [batch.shape for batch in data.batch(0)] == [(3, 8, 8, 1), (3, 8, 8, 5)]
    assert data.image_shapes == ((8, 8, 1), (8, 8, 5))
    assert [spec.shape.as_list() for spec in data.dataset(0, 1).element_spec] == [[3, 8, 8, 1], [3, 8, 8, 5]]


def test_arrays_of_several_channels_in_a_domain_are_refused():
    with pytest.raises(
        DataError, match=r"domain A: pictures of several numbers of channels\n.*found \[1, 3\]"
    ):
        UnpairedImages([*noise(1, channels=1), *noise(1)], noise(1), WHOLE)

import numpy as np
import pytest

from cyclegan_tf.training.histories import count_replicas, dealt_to, without_replicas

CAPACITY = 4


def checkpoint(*stored):
    """The arrays of a checkpoint whose replicas have stored so many images; each image is a number."""
    arrays, number = {"step": np.array([7]), "generator_ab/kernel": np.ones(3)}, 0
    for replica, count in enumerate(stored):
        middle = "" if replica == 0 else f"/replica_{replica}"
        for history in ("history_a", "history_b"):
            images = np.zeros((CAPACITY, 1, 1, 1), np.float32)
            images[:count, 0, 0, 0] = np.arange(number, number + count) + 1
            arrays[f"{history}{middle}/images"] = images
            arrays[f"{history}{middle}/count"] = np.array([count], np.int32)
        number += count
    return arrays


def stored_in(arrays, history="history_a"):
    """The images of each replica."""
    middles = ["", *(f"/replica_{replica}" for replica in range(1, count_replicas(arrays)))]
    return [
        arrays[f"{history}{middle}/images"].ravel()[: arrays[f"{history}{middle}/count"].item()].tolist()
        for middle in middles
    ]


def test_the_same_number_of_replicas_keeps_every_byte():
    arrays = checkpoint(4, 3)
    dealt = dealt_to(arrays, 2)
    assert list(dealt) == list(arrays)
    assert all(dealt[name] is arrays[name] for name in arrays)


@pytest.mark.parametrize(
    ("before", "replicas", "expected"),
    [
        ((4,), 2, [[1, 3], [2, 4]]),
        ((3, 2), 1, [[1, 2, 3, 4]]),
        ((4, 4), 3, [[1, 4, 7], [2, 5, 8], [3, 6]]),
        ((0,), 2, [[], []]),
    ],
)
def test_images_are_dealt_out_in_turn_and_no_more_than_there_is_room_for(before, replicas, expected):
    dealt = dealt_to(checkpoint(*before), replicas)
    assert stored_in(dealt) == stored_in(dealt, "history_b") == expected


def test_what_is_no_history_stays_as_it_is():
    dealt = dealt_to(checkpoint(4), 2)
    assert dealt["step"] == 7
    assert dealt["generator_ab/kernel"].tolist() == [1, 1, 1]


def test_one_replica_has_the_names_of_a_run_of_one_device():
    assert list(dealt_to(checkpoint(4, 4), 1)) == list(checkpoint(4))


def test_a_host_reads_the_histories_of_its_own_replicas():
    names = set(without_replicas(checkpoint(4, 4, 4), range(1, 2)))
    histories = {f"history_{domain}/replica_1/{part}" for domain in "ab" for part in ("images", "count")}
    assert names == {"step", "generator_ab/kernel", *histories}

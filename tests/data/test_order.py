import numpy as np
import pytest

from cyclegan_tf.data.order import EndlessPermutations, augmentation_generator


@pytest.mark.parametrize("length", [1, 2, 7, 100])
def test_every_pass_is_a_permutation(length):
    order = EndlessPermutations(length, seed=0, domain=0)
    for start in range(0, 5 * length, length):
        assert sorted(order(start + i) for i in range(length)) == list(range(length))


def test_every_pass_is_a_fresh_permutation():
    order = EndlessPermutations(50, seed=0, domain=0)
    passes = {tuple(order(50 * number + i) for i in range(50)) for number in range(20)}
    assert len(passes) == 20


@pytest.mark.parametrize("other", [(1, 0), (0, 1)])
def test_another_seed_or_domain_gives_another_order(other):
    one, two = EndlessPermutations(50, 0, 0), EndlessPermutations(50, *other)
    assert [one(i) for i in range(50)] != [two(i) for i in range(50)]


def test_the_order_does_not_depend_on_what_was_asked_before():
    forward, backward = EndlessPermutations(7, 3, 1), EndlessPermutations(7, 3, 1)
    assert [forward(i) for i in range(40)] == [backward(i) for i in reversed(range(40))][::-1]


def test_every_picture_is_first_about_equally_often():
    order = EndlessPermutations(4, seed=0, domain=0)
    firsts = np.bincount([order(4 * number) for number in range(2000)])
    assert firsts.min() > 430


def test_the_order_is_pinned_so_that_old_runs_can_be_resumed():
    order = EndlessPermutations(6, seed=1, domain=0)
    assert [order(i) for i in range(12)] == [5, 0, 3, 1, 4, 2, 0, 3, 5, 1, 4, 2]


def test_augmentation_follows_from_seed_domain_and_position():
    keys = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 2**33)]
    draws = [augmentation_generator(*key).random() for key in keys]
    assert len(set(draws)) == len(keys)
    assert draws == [augmentation_generator(*key).random() for key in keys]

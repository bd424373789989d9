import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.training.history_buffer import HistoryBuffer

KEEP, SWAP = 0.5, 0.49


@pytest.fixture(params=["eager", "graph", "xla"])
def compiled(request):
    """Makes a function run as it is, as a graph, or under XLA."""
    if request.param == "eager":
        return lambda function: function
    return lambda function: tf.function(function, jit_compile=request.param == "xla")


def pictures(*numbers):
    return tf.constant(numbers, tf.float32)[:, tf.newaxis, tf.newaxis, tf.newaxis] * tf.ones((1, 2, 3, 1))


def numbers(images):
    values = tf.convert_to_tensor(images).numpy()
    values = values.reshape(len(values), -1)
    assert (values == values[:, :1]).all(), "a picture is a mixture of others"
    return values[:, 0].tolist()


def buffer_of(*stored):
    """A full buffer that holds these pictures."""
    buffer = HistoryBuffer(len(stored), (2, 3, 1))
    buffer.query(pictures(*stored), tf.zeros((len(stored), 2)))
    return buffer


def slot(index, capacity):
    """A draw that lands in the middle of a slot."""
    return (index + 0.5) / capacity


@pytest.mark.parametrize(
    ("draw", "expected"), [(0.0, 1.0), (np.nextafter(np.float32(1), 0), 3.0), (1.0, 3.0)]
)
def test_the_outermost_draws_still_name_a_slot(draw, expected):
    given = buffer_of(1.0, 2.0, 3.0).query(pictures(9.0), tf.constant([[SWAP, draw]]))
    assert numbers(given) == [expected]


def test_every_image_of_a_batch_has_its_own_draw(compiled):
    buffer = buffer_of(1.0, 2.0, 3.0)
    draws = tf.constant([[SWAP, slot(2, 3)], [KEEP, slot(0, 3)], [SWAP, slot(0, 3)]])
    assert numbers(compiled(buffer.query)(pictures(7.0, 8.0, 9.0), draws)) == [3.0, 8.0, 1.0]
    assert numbers(buffer.images) == [9.0, 2.0, 7.0]


def test_a_long_script_of_draws_gives_what_a_plain_list_gives(compiled):
    draws = np.random.default_rng(0).random((60, 2, 2), np.float32)
    buffer = HistoryBuffer(5, (2, 3, 1))
    query = compiled(buffer.query)
    stored, expected, given = [], [], []
    for step, pair in enumerate(draws):
        batch = (2.0 * step + 1, 2.0 * step + 2)
        given += numbers(query(pictures(*batch), tf.constant(pair)))
        for number, (decision, place) in zip(batch, pair):
            if len(stored) < 5:
                stored.append(number)
            elif decision < 0.5:
                index = int(place * 5)
                stored[index], number = number, stored[index]
            expected.append(number)
    assert given == expected
    assert numbers(buffer.images) == stored
    assert buffer.count.numpy() == 5


def test_one_trace_serves_the_filling_and_the_full_buffer():
    buffer = HistoryBuffer(2, (2, 3, 1))
    query = tf.function(buffer.query)
    for number in (1.0, 2.0, 3.0, 4.0):
        query(pictures(number), tf.constant([[SWAP, 0.0]]))
    assert query.experimental_get_tracing_count() == 1


def test_half_of_the_images_of_a_full_buffer_are_earlier_ones():
    count, capacity = 4000, 50
    buffer = HistoryBuffer(capacity, (1, 1, 1))
    new = tf.reshape(tf.range(count, dtype=tf.float32), (-1, 40, 1, 1, 1))
    draws = tf.random.stateless_uniform((count // 40, 40, 2), seed=[1, 2])
    given = tf.function(lambda: tf.map_fn(lambda pair: buffer.query(*pair), (new, draws), tf.float32))()
    given, order = np.ravel(given)[capacity:], np.arange(count)[capacity:]
    earlier = given != order
    assert abs(earlier.mean() - 0.5) < 0.03  # four standard deviations
    assert (given[earlier] < order[earlier]).all()
    # A swapped image is given out once, and how long it waited has a mean of capacity / 0.5.
    assert len(set(given[earlier])) == earlier.sum()
    assert 90 < (order - given)[earlier].mean() < 110


def test_a_capacity_of_zero_gives_every_image_back(compiled):
    buffer = HistoryBuffer(0, (2, 3, 1))
    assert numbers(compiled(buffer.query)(pictures(1.0, 2.0), tf.zeros((2, 2)))) == [1.0, 2.0]
    assert buffer.count.numpy() == 0


@pytest.mark.parametrize("capacity", [0, 1, 5])
def test_no_gradient_passes_through_the_buffer(capacity):
    new = pictures(1.0, 2.0)
    with tf.GradientTape() as tape:
        tape.watch(new)
        given = HistoryBuffer(capacity, (2, 3, 1)).query(new, tf.zeros((2, 2)))
        loss = tf.reduce_sum(tf.square(given))
    assert tape.gradient(loss, new) is None


@pytest.mark.parametrize("capacity", [0, 3])
def test_half_precision_images_come_back_as_float32(capacity):
    given = HistoryBuffer(capacity, (2, 3, 1)).query(tf.cast(pictures(1.5), tf.bfloat16), tf.zeros((1, 2)))
    assert given.dtype == tf.float32
    assert numbers(given) == [1.5]


def test_its_whole_state_is_in_its_variables_so_that_it_can_be_resumed():
    first, second = buffer_of(1.0, 2.0, 3.0), HistoryBuffer(3, (2, 3, 1))
    assert len(first.variables) == 2
    for source, target in zip(first.variables, second.variables):
        target.assign(source)
    draws = tf.constant([[SWAP, slot(1, 3)], [KEEP, 0.0]])
    assert numbers(second.query(pictures(8.0, 9.0), draws)) == numbers(first.query(pictures(8.0, 9.0), draws))
    assert numbers(second.images) == numbers(first.images)


def test_its_state_is_no_trainable_variable():
    assert not HistoryBuffer(3, (2, 3, 1)).trainable_variables


def test_a_negative_capacity_is_refused():
    with pytest.raises(ValueError, match="expected capacity >= 0. Received: capacity=-1"):
        HistoryBuffer(-1, (2, 3, 1))


def test_a_batch_of_unknown_size_is_refused_with_the_reason():
    buffer = HistoryBuffer(3, (2, 3, 1))
    query = tf.function(
        buffer.query, input_signature=[tf.TensorSpec((None, 2, 3, 1)), tf.TensorSpec((None, 2))]
    )
    with pytest.raises(ValueError, match="static batch size"):
        query(pictures(1.0), tf.zeros((1, 2)))

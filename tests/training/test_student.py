import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.specs import GeneratorSpec, StudentLosses
from cyclegan_tf.training.checkpoint import training_state
from cyclegan_tf.training.optimizers import adam
from cyclegan_tf.training.student import Student, difference_of_features, weighted_difference
from cyclegan_tf.training.teacher import load_teachers

pytestmark = pytest.mark.usefixtures("shallow_generators")

SPEC = GeneratorSpec("resnet_6blocks", width=2, norm_affine=True, upsampling="transposed_4")


@pytest.fixture(scope="module")
def teachers(masked_model):
    return load_teachers(masked_model, ("ab",))


@pytest.fixture(scope="module")
def lesson(teachers, scene):
    pictures = scene[np.newaxis, :32, :32]
    return tf.constant(pictures), tf.constant(teachers["ab"].answer(pictures))


def make(teachers, losses=None, *, rate=1e-3, ema_decay=0.9):
    keras.utils.set_random_seed(0)
    student = Student({"ab": SPEC}, teachers, losses, ema_decay=ema_decay)
    student.compile(adam(rate, 0.5, 0.999), adam(rate, 0.5, 0.999), image_size=(32, 32))
    return student


@pytest.mark.slow
def test_it_comes_nearer_to_the_teacher_step_by_step(teachers, lesson):
    student = make(teachers, StudentLosses(10.0, 5.0, 0.0), rate=1e-2)
    before = [weights.numpy() for weights in student.ema_generator_ab.weights]
    step = tf.function(student.train_step)
    losses = [step(lesson) for _ in range(20)]
    assert set(losses[0]) == {"l1_ab", "features_ab", "generator_gradient_norm"}
    for name in ("l1_ab", "features_ab"):
        assert float(losses[-1][name]) < 0.8 * float(losses[0][name]), name
    assert int(student.step) == 20
    averaged = zip(student.ema_generator_ab.weights, before)
    assert max(np.abs(weights.numpy() - old).max() for weights, old in averaged) > 0


@pytest.mark.slow
def test_discriminators_learn_to_tell_it_from_the_teacher(teachers, lesson):
    student = make(teachers, StudentLosses(0.0, 0.0, 1.0), rate=2e-3)
    # The generator stays, so that what they judge does.
    student.generator_optimizer.learning_rate = 0.0
    step = tf.function(student.train_step)
    losses = [float(step(lesson)["heads_ab"]) for _ in range(12)]
    assert losses[-1] < 0.7 * losses[0]


def test_without_an_adversarial_loss_there_are_no_discriminators(teachers):
    student = make(teachers, StudentLosses(lambda_adversarial=0.0))
    assert student.discriminator_networks == [] and set(student.optimizers) == {"generator_optimizer"}


def test_it_translates_with_the_masks_of_its_teacher(teachers, scene):
    student = make(teachers)
    masks = teachers["ab"].mask_network(tf.constant(scene[np.newaxis, :32, :32])).numpy()
    picture = tf.constant(scene[np.newaxis, :32, :32], tf.float32) / 127.5 - 1
    translate, nothing = student.inference_generators
    assert nothing is None
    difference = np.abs(translate(picture).numpy() - picture.numpy())
    assert difference[np.repeat(masks, 3, axis=3) == 0].max() == 0 < difference.max()


def test_its_state_has_no_weights_of_the_teacher(teachers):
    names = {name.split("/")[0] for name in training_state(make(teachers))}
    assert names == {
        "step",
        "generator_ab",
        "ema_generator_ab",
        "projected_ab",
        "generator_optimizer",
        "discriminator_optimizer",
    }


def test_its_card_names_the_weights_of_the_teacher(teachers):
    assert make(teachers).about["teacher_weights"] == {"ab": teachers["ab"].digest}


def test_a_difference_outside_the_mask_counts_a_tenth():
    given, mask = np.zeros((1, 2, 2, 3), np.float32), np.array([1, 0, 0, 0], np.float32).reshape(1, 2, 2, 1)
    inside, outside = given.copy(), given.copy()
    inside[0, 0, 0], outside[0, 1, 1] = 1, 1
    found = [float(weighted_difference(given, expected, mask)) for expected in (inside, outside)]
    # Weights of 1 and three times 0.1: 1 / 1.3 and 0.1 / 1.3.
    assert found == pytest.approx([1 / 1.3, 0.1 / 1.3], rel=1e-6)
    assert float(weighted_difference(given, inside)) == pytest.approx(1 / 4)


def test_features_are_compared_half_by_half_each_at_its_scale():
    taps = [tf.constant([scale, 0.0], shape=(2, 1, 1, 1)) for scale in (9.0, 8.0, 7.0, 3.0)]
    assert float(difference_of_features(taps)) == pytest.approx(1.0)

import cyclegan_tf
import video
from cyclegan_tf import errors


def test_one_error_is_the_base_of_both_packages():
    assert cyclegan_tf.UserError is video.UserError
    assert issubclass(errors.DataError, video.UserError)
    assert issubclass(video.MediaError, cyclegan_tf.UserError)


def test_an_error_that_both_packages_have_is_the_same_class():
    for name in ("UsageError", "OutputError", "MachineError"):
        assert getattr(errors, name) is getattr(video, name)


def test_each_kind_of_its_own_has_its_exit_code():
    kinds = (errors.ConfigError, errors.DataError, errors.ModelError, errors.DivergedError)
    assert [kind.exit_code for kind in kinds] == [3, 4, 5, 7]


def test_an_interruption_is_not_caught_with_the_errors():
    assert not issubclass(errors.Interrupted, Exception)

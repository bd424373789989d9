from pathlib import Path

import numpy as np
import pytest

from cyclegan_tf.errors import ModelError
from cyclegan_tf.exporters.formats import Tolerance
from cyclegan_tf.exporters.verification import Difference, difference, run_in_fresh_process

INVERT = """
import sys
import numpy as np
inputs = np.load(sys.argv[2])
assert open(sys.argv[1]).read() == "export" and "cyclegan_tf" not in sys.modules
np.savez(sys.argv[3], **{name: 255 - inputs[name] for name in inputs.files})
"""


def picture(*levels):
    return np.array(levels, np.uint8).reshape(1, 1, -1, 1)


def test_the_difference_is_over_all_pictures():
    found = difference([picture(0, 10), picture(255, 7)], [picture(0, 6), picture(255, 7)])
    assert (found.largest, found.mean) == (4, 1.0)
    assert found.decibels == pytest.approx(10 * np.log10(255**2 / 4))


def test_equal_pictures_have_no_psnr():
    assert difference([picture(1, 2)], [picture(1, 2)]) == Difference(0, 0.0, None)


def test_a_difference_does_not_wrap_around():
    assert difference([picture(0)], [picture(255)]).largest == 255


def test_pictures_of_another_size_are_an_error():
    with pytest.raises(ModelError, match="another size than the model") as caught:
        difference([picture(1, 2)], [picture(1)])
    assert "(1, 1, 1, 1)" in caught.value.detail


@pytest.mark.parametrize(
    ("found", "within"),
    [
        (Difference(0, 0.0, None), True),
        (Difference(2, 0.1, 41.0), True),
        (Difference(3, 0.1, 41.0), False),
        (Difference(2, 0.1, 39.0), False),
    ],
    ids=["equal", "near", "pixel", "noise"],
)
def test_both_limits_of_a_tolerance_hold(found, within):
    assert found.within(Tolerance(2, 40)) is within


def test_a_script_runs_in_a_process_without_this_package(tmp_path):
    (tmp_path / "export").write_text("export")
    batches = [picture(1, 2), picture(3)]
    inverted = run_in_fresh_process(INVERT, tmp_path / "export", batches)
    assert [batch.ravel().tolist() for batch in inverted] == [[254, 253], [252]]


def test_a_script_that_fails_is_quoted():
    with pytest.raises(ModelError, match="cannot be loaded again: somewhere") as caught:
        run_in_fresh_process("raise ValueError('no such model')", Path("somewhere"), [picture(1)])
    assert caught.value.detail == "ValueError: no such model"

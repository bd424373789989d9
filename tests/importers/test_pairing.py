"""Row 41 of the fault catalogue: a network that does not match is reported by its first difference."""

from dataclasses import replace

import numpy as np
import pytest

from cyclegan_tf.importers.pairing import Mismatch
from cyclegan_tf.networks.specs import GeneratorSpec

SPEC = GeneratorSpec("resnet_6blocks", width=2)


@pytest.fixture
def arrays(torch_files):
    """The weights of SPEC in the PyTorch reference's names."""
    return torch_files.torch_arrays(SPEC)


def test_batch_normalization_is_not_taken_for_instance_normalization(match, torch_files):
    arrays = torch_files.torch_arrays(replace(SPEC, norm_affine=True), running=True, bias=False)
    with pytest.raises(Mismatch, match="a batch normalization; expected instance normalization"):
        match(arrays)


def test_row_41_the_first_layer_that_differs_is_named_with_both_shapes(match, arrays):
    arrays["model.15.weight"] = np.zeros((9, 8, 3, 3), np.float32)
    with pytest.raises(Mismatch) as caught:
        match(arrays)
    text = "'model.15', our 'block_2_conv_1': expected a kernel of shape (8, 8, 3, 3); found (9, 8, 3, 3)"
    assert text in str(caught.value)


def test_row_41_a_transposed_kernel_is_distinguished_from_one_that_is_not(match, arrays):
    # As "resize" would have it; then the next one is not as "resize" would have it.
    arrays["model.45.weight"] = arrays["model.45.weight"].transpose(1, 0, 2, 3)
    with pytest.raises(Mismatch, match=r"our 'up_1_conv': .* shape \(2, 4, 3, 3\); found \(4, 2, 3, 3\)"):
        match(arrays)


@pytest.mark.parametrize(
    ("num_blocks", "nearest", "found"),
    [(5, 6, 16), (7, 9, 20), (10, 9, 26)],
)
def test_row_41_another_number_of_blocks_is_reported_with_both_counts(
    match, torch_files, monkeypatch, num_blocks, nearest, found
):
    from cyclegan_tf.networks import specs

    with monkeypatch.context() as patch:
        patch.setitem(specs.RESNET_BLOCKS, "resnet_6blocks", num_blocks)
        arrays = torch_files.torch_arrays(SPEC)
    with pytest.raises(Mismatch) as caught:
        match(arrays)
    assert f"the file has {found} convolutions, resnet_{nearest}blocks has" in str(caught.value)


def test_a_norm_of_another_width_is_named_with_both_shapes(match, torch_files):
    arrays = torch_files.torch_arrays(replace(SPEC, norm_affine=True))
    arrays["model.4.bias"] = np.zeros(7, np.float32)
    with pytest.raises(
        Mismatch, match=r"'down_1_norm': expected \(4,\); found \(7,\) \(offset of 'model.4'\)"
    ):
        match(arrays)

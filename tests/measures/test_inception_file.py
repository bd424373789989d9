import numpy as np
import pytest

from cyclegan_tf.errors import ModelError
from cyclegan_tf.measures.inception_file import load_inception_fid


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"no weights of inception-fid at .*nowhere.pth"):
        load_inception_fid(tmp_path / "nowhere.pth")


@pytest.mark.parametrize("write", ["write_zip", "write_legacy"])
def test_weights_of_another_network_are_refused(torch_files, tmp_path, write):
    arrays = torch_files.tensors_of({"conv.weight": np.zeros((2, 3, 3, 3), np.float32)})
    getattr(torch_files, write)(tmp_path / "other.pth", arrays)
    with pytest.raises(ModelError, match="weights of another network"):
        load_inception_fid(tmp_path / "other.pth")

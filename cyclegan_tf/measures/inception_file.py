"""The weights of the FID's Inception network, from the file that pytorch-fid publishes."""

import logging
import zipfile
from pathlib import Path

from cyclegan_tf.containers.stored import StoredArray
from cyclegan_tf.containers.torch_file import read_legacy, read_zip
from cyclegan_tf.errors import ModelError
from cyclegan_tf.measures.feature_network import FeatureNetwork
from cyclegan_tf.networks.inception_fid import SIDE, build_inception_fid
from video.core.files import sha256

INCEPTION_FID = "inception-fid"
# The published file's name ends in the first eight digits of its SHA-256.
_PUBLISHED = "6726825d"
_LOGGER = logging.getLogger("cyclegan_tf")


def load_inception_fid(path: Path) -> FeatureNetwork:
    """Load the network; PyTorch is not needed, and nothing in the file is run.

    Args:
        path: pt_inception-2015-12-05-6726825d.pth.

    Raises:
        ModelError: the file is missing or damaged, or holds another network.
    """
    if not path.is_file():
        raise ModelError(
            f"no weights of {INCEPTION_FID} at {path}",
            detail=f"expected pytorch-fid's pt_inception-2015-12-05-{_PUBLISHED}.pth; found no file",
            fix="check the path, or give another feature network",
        )
    tree = (read_zip if zipfile.is_zipfile(path) else read_legacy)(path).tree
    try:
        network = build_inception_fid(
            {name: array.read() for name, array in tree.items() if isinstance(array, StoredArray)}
        )
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"weights of another network in {path}",
            detail=f"expected pytorch-fid's Inception; missing or of another shape: {error}",
            fix=f"give pt_inception-2015-12-05-{_PUBLISHED}.pth",
        ) from error
    digest = sha256(path)
    if not digest.startswith(_PUBLISHED):
        _LOGGER.warning(
            "%s is not the published file, whose SHA-256 begins with %s; no published FID compares",
            path,
            _PUBLISHED,
        )
    return FeatureNetwork(INCEPTION_FID, digest, network, SIDE, bilinear=True)

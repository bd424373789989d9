import importlib.util
import struct

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.images import kinds
from cyclegan_tf.images.kinds import PICTURE_SUFFIXES, is_read, more_formats, unread_kind
from cyclegan_tf.images.opening import UnreadKind
from cyclegan_tf.images.reading import read_image

STARTS = {
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "JPEG XL": b"\xff\x0a\xfa\x1f\x01",
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n",
    "a Photoshop document": b"8BPS\0\x01",
}


@pytest.fixture
def without_heic(monkeypatch):
    monkeypatch.setattr(kinds.importlib.util, "find_spec", lambda name: None)
    more_formats.cache_clear()
    yield
    more_formats.cache_clear()


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("suffix", ["", ".jpg"])
def test_a_kind_is_known_by_its_first_bytes_whatever_its_name(without_heic, name, suffix):
    assert unread_kind(STARTS[name].ljust(16, b"\0"), suffix).name == name


def test_a_raw_file_is_known_by_its_name_and_a_jpeg_is_no_unread_kind():
    assert unread_kind(b"II*\0".ljust(16), ".nef").name == "a camera's raw file"
    assert unread_kind(b"\xff\xd8\xff\xe0".ljust(16), ".jpg") is None


@pytest.mark.parametrize("name", STARTS)
def test_a_picture_of_an_unread_kind_is_called_by_its_name_with_a_way_out(tmp_path, without_heic, name):
    (tmp_path / "a.jpg").write_bytes(STARTS[name].ljust(100, b"\0"))
    with pytest.raises(UnreadKind, match=f"{name} is not read here: .*a.jpg") as caught:
        read_image(tmp_path / "a.jpg")
    assert "convert it to" in caught.value.fix
    assert ("cyclegan-tf[heic]" in caught.value.fix) is (name == "HEIC")


def test_heic_counts_as_read_only_with_its_package(without_heic):
    assert not is_read(".heic")
    assert is_read(".avif")


def test_heic_is_read_where_its_package_is_installed(tmp_path):
    if importlib.util.find_spec("pillow_heif") is None:
        pytest.skip("needs pillow-heif: pip install '.[heic]'")
    assert "HEIF" in more_formats()
    Image.fromarray(np.full((64, 64, 3), 99, np.uint8)).save(tmp_path / "a.heic", format="HEIF", quality=90)
    assert struct.unpack_from(">4s", (tmp_path / "a.heic").read_bytes(), 4) == (b"ftyp",)
    assert np.abs(read_image(tmp_path / "a.heic").astype(int) - 99).max() <= 3


def test_suffixes_are_in_lower_case_and_occur_once():
    assert len(set(PICTURE_SUFFIXES)) == len(PICTURE_SUFFIXES)
    assert [suffix.lower() for suffix in PICTURE_SUFFIXES] == list(PICTURE_SUFFIXES)

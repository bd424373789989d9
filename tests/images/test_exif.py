import io

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from cyclegan_tf.images.exif import descriptive_exif

TAKEN, LATITUDE = 36867, 2


def saved(kind, fill):
    exif, buffer = Image.Exif(), io.BytesIO()
    fill(exif)
    Image.new("RGB", (8, 6)).save(buffer, kind, exif=exif)
    return Image.open(buffer)


def everything(exif):
    exif[Base.ImageDescription], exif[Base.Orientation] = "a horse", 6
    exif.get_ifd(IFD.Exif)[TAKEN] = "2020:01:01 00:00:00"
    exif.get_ifd(IFD.GPSInfo)[LATITUDE] = (48.0, 8.0, 1.5)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_describes_a_picture_is_kept_and_how_it_was_turned_is_not(kind):
    kept = Image.Exif()
    kept.load(descriptive_exif(saved(kind, everything)))
    assert kept[Base.ImageDescription] == "a horse"
    assert kept.get_ifd(IFD.Exif)[TAKEN] == "2020:01:01 00:00:00"
    assert kept.get_ifd(IFD.GPSInfo)[LATITUDE] == (48.0, 8.0, 1.5)
    assert Base.Orientation not in kept


def test_of_a_tiff_nothing_is_kept_that_says_where_its_pixels_lie():
    kept = Image.Exif()
    kept.load(descriptive_exif(saved("TIFF", everything)))
    assert dict(kept) == {Base.ImageDescription: "a horse"}


def test_where_there_is_nothing_to_keep_there_is_none():
    assert descriptive_exif(saved("JPEG", lambda exif: None)) is None
    assert descriptive_exif(saved("JPEG", lambda exif: exif.update({Base.Orientation: 6}))) is None


def test_damaged_exif_is_no_reason_to_leave_a_picture_alone():
    picture = saved("JPEG", lambda exif: None)
    picture.info["exif"] = b"Exif\0\0II*\0\xff\xff\xff\xff"
    assert descriptive_exif(picture) is None

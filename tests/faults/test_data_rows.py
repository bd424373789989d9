"""Rows 8 to 17 of the catalogue of faults: what can be wrong with the pictures."""

import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.data.loading import load_data
from cyclegan_tf.errors import DataError
from cyclegan_tf.images.reading import read_image

CROPPED = ("data.preprocess=crop", "data.crop_size=32")
OPTIONS = ("--config", "demo", *(word for option in CROPPED for word in ("--set", option)))


def noise(seed, size=(40, 40)):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


@pytest.fixture
def data(tmp_path):
    """Three pictures of A and two of B."""
    for domain, count in (("trainA", 3), ("trainB", 2)):
        (tmp_path / domain).mkdir()
        for number in range(count):
            Image.fromarray(noise(len(domain) + number)).save(tmp_path / domain / f"{number}.png")
    return tmp_path


def load(data, *options):
    return load_data(load_config("demo", [f"data.root={data}", *CROPPED, *options]))


def fingerprint(folder):
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in files]


def claimed_png(side):
    def chunk(name, content):
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")


def claimed_jpeg(path, side):
    Image.new("RGB", (8, 8)).save(path)
    content = bytearray(path.read_bytes())
    start = content.index(b"\xff\xc0")
    content[start + 5 : start + 9] = struct.pack(">HH", side, side)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("domain", "state", "found"),
    [
        ("A", "missing", "there is no folder"),
        ("B", "missing", "there is no folder"),
        ("A", "empty", "found 0 pictures among 0 files"),
        ("B", "text only", "found 0 pictures among 1 files"),
    ],
)
def test_row_8_a_domain_without_pictures_is_named_with_the_suffixes(command, data, domain, state, found):
    folder = data / f"train{domain}"
    for path in folder.iterdir():
        path.unlink()
    if state == "missing":
        folder.rmdir()
    if state == "text only":
        (folder / "notes.txt").write_text("x")
    result = command("check-data", data, *OPTIONS, "--quick")
    assert result.exit_code == 4
    assert f"domain {domain}: " in result.stderr
    assert found in result.stderr
    assert ".jpeg" in result.stderr


def broken_files(folder):
    whole = (folder / "0.png").read_bytes()
    Image.fromarray(noise(9)).save(folder / "cut.jpg")
    flipped = bytearray(whole)
    flipped[-13] ^= 1
    contents = {
        "zero.jpg": b"",
        "html.jpg": b"<!DOCTYPE html><html>404</html>",
        "cut.jpg": (folder / "cut.jpg").read_bytes()[:-200],
        "cut.png": whole[:-200],
        "checksum.png": bytes(flipped),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return contents


def test_row_9_every_broken_file_is_listed_with_its_reason_and_nothing_is_touched(command, data):
    names = broken_files(data / "trainA")
    before = fingerprint(data)
    result = command("check-data", data, *OPTIONS)
    assert result.exit_code == 4
    assert all(f"{data / 'trainA' / name}: " in result.stdout for name in names)
    for reason in ("an empty file (0 bytes)", "an HTML or XML text", "truncated", "checksum"):
        assert reason in result.stdout
    assert fingerprint(data) == before


def test_row_9_the_training_stops_before_its_first_step(command, data, tmp_path):
    names = broken_files(data / "trainA")
    runs = tmp_path / "runs"
    result = command("fit", data, *OPTIONS, "--set", f"output.folder={runs}")
    assert result.exit_code == 4
    assert f"error: {len(names)} of {5 + len(names)} pictures cannot be used" in result.stderr
    assert all(name in result.stderr for name in names)
    assert not runs.exists()


def test_row_10_bad_pictures_may_be_skipped_each_with_a_warning_and_a_final_count(data, caplog):
    for number in range(3, 98):
        Image.fromarray(noise(number, (32, 32))).save(data / "trainA" / f"{number}.png")
    (data / "trainA/bad.png").write_bytes(b"")
    loaded = load(data, "data.on_bad_image=skip")
    assert (loaded.num_a, loaded.num_b) == (98, 2)
    told = [record.getMessage() for record in caplog.records if "skipped" in record.getMessage()]
    assert told[0].startswith(f"skipped: cannot read the picture {data / 'trainA/bad.png'}; ")
    assert told[1] == "skipped 1 of 101 pictures"


def test_row_10_more_than_one_percent_stops_all_the_same(command, data):
    (data / "trainA/bad.png").write_bytes(b"")
    result = command("check-data", data, *OPTIONS, "--set", "data.on_bad_image=skip")
    assert result.exit_code == 4
    with pytest.raises(DataError, match=r"bad\.png"):
        load(data, "data.on_bad_image=skip")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_row_11_a_header_that_claims_too_much_is_refused(command, data, kind):
    path = data / "trainB" / "bomb.jpg"
    if kind == "jpeg":
        claimed_jpeg(path, 9000)
        assert path.stat().st_size < 1000
    else:
        path.write_bytes(claimed_png(20_000))
    result = command("check-data", data, *OPTIONS)
    assert result.exit_code == 4
    assert str(path) in result.stdout
    assert {"jpeg": "cannot hold the 9000x9000 pixels", "png": "400000000"}[kind] in result.stdout.replace(
        ",", ""
    )


def test_row_11_refusing_takes_no_memory_for_the_pixels(data):
    (data / "trainB/bomb.png").write_bytes(claimed_png(20_000))
    claimed_jpeg(data / "trainB/bomb.jpg", 9000)
    code = (
        "import resource, sys\n"
        "from cyclegan_tf.images.reading import read_image\n"
        "from cyclegan_tf.errors import DataError\n"
        f"read_image({str(data / 'trainB/0.png')!r})\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for name in ('bomb.png', 'bomb.jpg'):\n"
        "    try:\n"
        f"        read_image({str(data / 'trainB')!r} + '/' + name)\n"
        "        sys.exit('read a bomb')\n"
        "    except DataError:\n"
        "        pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit < 50 * 2**20


def saved(path, kind):
    """A red picture of two by two pixels, in many ways."""
    red = Image.new("RGB", (2, 2), (255, 0, 0))
    if kind == "png named jpg":
        red.save(path.with_suffix(".jpg"), "PNG")
        return path.with_suffix(".jpg"), (255, 0, 0)
    if kind == "cmyk":
        red.convert("CMYK").save(path.with_suffix(".tif"))
        return path.with_suffix(".tif"), (255, 0, 0)
    if kind == "grey":
        Image.new("L", (2, 2), 40).save(path)
        return path, (40, 40, 40)
    if kind == "palette":
        red.quantize(4).save(path)
        return path, (255, 0, 0)
    if kind == "alpha":
        Image.new("RGBA", (2, 2), (255, 0, 0, 0)).save(path)
        return path, (255, 255, 255)
    Image.fromarray(np.full((2, 2), 257 * 40, np.uint16)).save(path)
    return path, (40, 40, 40)


@pytest.mark.parametrize("kind", ["png named jpg", "cmyk", "grey", "palette", "alpha", "16-bit"])
def test_row_12_every_colour_model_becomes_rgb_by_one_function(tmp_path, kind):
    path, expected = saved(tmp_path / "a.png", kind)
    image = read_image(path)
    assert (image.shape, image.dtype) == ((2, 2, 3), np.uint8)
    assert {tuple(pixel) for pixel in image.reshape(-1, 3).tolist()} == {expected}


def test_row_12_a_turned_picture_is_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise(0, (2, 4))).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), np.rot90(noise(0, (2, 4)), -1))


def test_row_12_an_animation_is_refused(command, data):
    frames = [Image.fromarray(noise(number)) for number in range(2)]
    frames[0].save(data / "trainA/a.gif", save_all=True, append_images=frames[1:])
    result = command("check-data", data, *OPTIONS)
    assert result.exit_code == 4
    assert "animated" in result.stdout


def test_row_13_a_picture_smaller_than_the_crop_is_told_with_all_sizes(data):
    Image.fromarray(noise(0, (20, 100))).save(data / "trainA/small.png")
    with pytest.raises(DataError) as caught:
        load(data, "data.preprocess=scale_width_and_crop", "data.load_size=36")
    assert caught.value.exit_code == 4
    for text in ("crop size 32", "a picture of 100 x 20", "load size 36", "so 36 x 7"):
        assert text in caught.value.detail


@pytest.mark.parametrize("how", ["removed", "replaced by a folder", "damaged"])
def test_row_14_a_picture_that_goes_bad_during_the_run_is_named_with_the_step(data, how):
    loaded = load(data, "data.cache=off")
    for path in (data / "trainB").iterdir():
        path.unlink()
        if how == "replaced by a folder":
            path.mkdir()
        if how == "damaged":
            path.write_bytes(b"x")
    with pytest.raises(DataError, match=r"step 7: cannot read the picture .*trainB") as caught:
        loaded.batch(7)
    assert caught.value.exit_code == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_row_14_a_picture_that_may_not_be_read_any_more_is_named_with_the_step(data):
    loaded = load(data, "data.cache=off")
    for path in (data / "trainA").iterdir():
        path.chmod(0)
    with pytest.raises(DataError, match=r"step 0: cannot read the picture .*trainA"):
        loaded.batch(0)


def test_row_14_a_file_that_the_system_will_not_open_is_a_data_error(data, monkeypatch):
    # What chmod does to everybody but root, under whom tests often run.
    loaded = load(data, "data.cache=off")

    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(DataError, match="step 0: cannot read the picture") as caught:
        loaded.batch(0)
    assert "Permission denied" in caught.value.detail


def test_row_16_what_is_no_regular_file_is_ignored_with_a_warning_and_never_blocks(command, data, caplog):
    (data / "trainA/loop.jpg").symlink_to(data / "trainA/loop.jpg")
    (data / "trainA/up").symlink_to(data / "trainA")
    (data / "trainA/folder.jpg").mkdir()
    os.mkfifo(data / "trainA/pipe.jpg")
    result = command("check-data", data, *OPTIONS, "--quick")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].split()[:2] == ["trainA", "3"]
    assert all(name in caplog.text for name in ("loop.jpg", "trainA/up", "folder.jpg", "pipe.jpg"))


@pytest.mark.parametrize("other", ["trainA", "trainA/../trainA", "link", "trainA/sub"])
def test_row_17_one_folder_for_both_domains_is_refused(command, data, other):
    (data / "link").symlink_to(data / "trainA")
    (data / "trainA/sub").mkdir()
    Image.fromarray(noise(1)).save(data / "trainA/sub/a.png")
    for name in ("check-data", "fit"):
        result = command(name, "--a", data / "trainA", "--b", data / other, *OPTIONS)
        assert result.exit_code == 3
        assert "expected two folders" in result.stderr

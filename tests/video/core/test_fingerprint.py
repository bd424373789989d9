import os

from video.core.fingerprint import fingerprint


def test_a_file_that_changed_is_another_one(tmp_path):
    path = tmp_path / "in.mp4"
    path.write_bytes(b"one")
    before = fingerprint(path)
    assert fingerprint(path) == before
    path.write_bytes(b"longer")
    assert fingerprint(path) != before


def test_the_same_size_at_another_time_is_another_one(tmp_path):
    path = tmp_path / "in.mp4"
    path.write_bytes(b"one")
    before = fingerprint(path)
    os.utime(path, (1, 1))
    assert fingerprint(path) != before


def test_a_folder_changes_with_any_of_its_pictures(tmp_path):
    (tmp_path / "1.png").write_bytes(b"one")
    folder, pattern = fingerprint(tmp_path), fingerprint(tmp_path / "%d.png")
    (tmp_path / "2.png").write_bytes(b"two")
    assert fingerprint(tmp_path) != folder
    assert fingerprint(tmp_path / "%d.png") != pattern


def test_hidden_files_and_broken_links_do_not_count(tmp_path):
    (tmp_path / "1.png").write_bytes(b"one")
    before = fingerprint(tmp_path)
    (tmp_path / ".out.mkv.work").mkdir()
    (tmp_path / ".DS_Store").write_bytes(b"icons")
    (tmp_path / "2.png").symlink_to("gone.png")
    assert fingerprint(tmp_path) == before

import pytest

from cyclegan_tf.cluster import transfer
from cyclegan_tf.errors import UsageError


def test_a_file_of_several_chunks_arrives_whole(ray, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "CHUNK_BYTES", 1000)
    (tmp_path / "in.bin").write_bytes(bytes(range(250)) * 10)
    sent = transfer.send(tmp_path / "in.bin")
    assert len(sent.files[0][1]) == 3
    path = transfer.receive(sent, tmp_path / "there")
    assert path == tmp_path / "there" / "in.bin"
    assert path.read_bytes() == bytes(range(250)) * 10


def test_a_folder_arrives_with_its_folders_and_an_empty_file(ray, tmp_path):
    (tmp_path / "model" / "deep").mkdir(parents=True)
    (tmp_path / "model" / "card.json").write_text("{}")
    (tmp_path / "model" / "deep" / "empty").touch()
    path = transfer.receive(transfer.send(tmp_path / "model"), tmp_path / "there")
    found = {str(file.relative_to(path)): file.read_text() for file in path.rglob("*") if file.is_file()}
    assert found == {"card.json": "{}", "deep/empty": ""}


def test_a_pattern_is_refused(ray, tmp_path):
    with pytest.raises(UsageError, match="only files and folders can be sent"):
        transfer.send(tmp_path / "%05d.png")

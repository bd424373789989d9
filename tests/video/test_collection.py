import os
import re
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from video.collection import CLIP_SUFFIXES, JOURNAL, find_pairs, is_collection, translate_each
from video.core.errors import MediaError, UsageError
from video.core.options import Options


def make(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


@pytest.fixture
def clips(tmp_path):
    return make(tmp_path / "in", "a.mp4", "sub/b.MKV", "sub/c.avi", "notes.txt", ".hidden.mp4")


@pytest.mark.parametrize(
    ("name", "expected"),
    [(".", True), ("sub", True), ("*.mp4", True), ("**/*", True), ("a.mp4", False), ("*.png", False)],
)
def test_a_folder_of_clips_or_a_pattern_of_them_is_a_collection(clips, name, expected):
    assert is_collection(clips / name) is expected


def test_a_folder_without_clips_is_not_a_collection(tmp_path):
    assert not is_collection(make(tmp_path / "pictures", "1.png"))


def test_unfinished_work_makes_no_collection(tmp_path):
    assert not is_collection(make(tmp_path / "pictures", "1.png", ".out.mkv.work/000000.mkv"))


def test_every_kind_of_clip_that_is_read_is_found():
    page = Path(__file__, "../../../docs/video.md").resolve().read_text()
    (row,) = (line for line in page.splitlines() if line.startswith("| in |"))
    kinds = set(re.findall(r"\w+", row.split(";")[0])) - {"in", "bare", "and"}
    assert len(kinds) > 10
    assert {f".{kind}" for kind in kinds} <= set(CLIP_SUFFIXES)


def targets(pairs, folder):
    return [str(pair.target.relative_to(folder)) for pair in pairs]


def test_folders_are_mirrored_and_what_cannot_be_written_becomes_matroska(clips, tmp_path):
    out = tmp_path / "out"
    assert targets(find_pairs(clips, out), out) == ["a.mp4", "sub/b.MKV", "sub/c.mkv"]


def test_a_pattern_is_mirrored_below_its_fixed_part(clips, tmp_path):
    out = tmp_path / "out"
    assert targets(find_pairs(clips / "s*" / "*", out), out) == ["sub/b.MKV", "sub/c.mkv"]
    assert targets(find_pairs(clips / "sub" / "*", out), out) == ["b.MKV", "c.mkv"]


@pytest.mark.parametrize(
    ("source", "target", "error", "message"),
    [
        ("*.webm", "../out", MediaError, "there is no clip: .*webm"),
        (".", "sub/out", UsageError, "the output lies in the input: .*out"),
    ],
)
def test_an_impossible_source_or_target_is_named(clips, source, target, error, message):
    with pytest.raises(error, match=message):
        find_pairs(clips / source, clips / target)


@pytest.fixture
def batch(clips, tmp_path):
    """A folder that is translated by copying: batch(**options) gives the statuses, batch.seen the sources."""
    out, seen = tmp_path / "out", []
    pairs = find_pairs(clips, out)

    def copy(source, target):
        seen.append(source.name)
        if source.name in broken:
            raise broken[source.name]
        target.write_text(source.read_text())
        return SimpleNamespace()

    def run(**options):
        seen.clear()
        return [outcome.status for outcome in translate_each(pairs, out, copy, Options(**options))]

    broken = {}
    run.broken, run.seen, run.out, run.clips = broken, seen, out, clips
    return run


def test_a_bad_clip_stops_no_other(batch):
    batch.broken["b.MKV"] = MediaError("it is damaged")
    assert batch() == ["translated", "failed", "translated"]
    assert sorted(path.name for path in batch.out.rglob("*.m*")) == ["a.mp4", "c.mkv"]


def test_a_file_that_cannot_be_written_is_an_error_of_its_clip(batch):
    batch.broken["a.mp4"] = OSError(28, "No space left on device")
    assert batch() == ["failed", "translated", "translated"]


def test_what_is_finished_is_not_done_again(batch):
    batch()
    assert batch(overwrite=True) == ["finished before"] * 3
    assert batch.seen == []


def test_what_failed_is_tried_again_alone(batch):
    batch.broken["b.MKV"] = MediaError("it is damaged")
    batch()
    batch.broken.clear()
    assert batch() == ["finished before", "translated", "finished before"]
    assert batch.seen == ["b.MKV"]


def change_source(batch):
    (batch.clips / "a.mp4").write_text("another take")


def change_result(batch):
    (batch.out / "a.mp4").write_text("cut short")


def remove_result(batch):
    (batch.out / "a.mp4").unlink()


@pytest.mark.parametrize("change", [change_source, change_result, remove_result])
def test_a_name_alone_does_not_make_a_clip_finished(batch, change):
    batch()
    change(batch)
    assert batch() == ["translated", "finished before", "finished before"]


def test_other_options_translate_all_of_them_again(batch):
    batch()
    assert batch(crf=30) == ["translated"] * 3


def test_half_a_line_of_a_killed_process_costs_that_clip_alone(batch):
    batch()
    journal = batch.out / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-20])
    assert batch() == ["finished before", "finished before", "translated"]
    # The line after the half one can be read.
    assert batch() == ["finished before"] * 3


def test_the_journal_holds_wherever_it_is_called_from(batch, monkeypatch):
    batch()
    monkeypatch.chdir(os.sep)
    assert batch() == ["finished before"] * 3


def test_clips_at_once_wait_for_each_other_and_are_all_in_the_journal(clips, tmp_path):
    out, pairs = tmp_path / "out", find_pairs(clips, tmp_path / "out")
    all_begun = threading.Barrier(len(pairs))

    def copy(source, target):
        all_begun.wait(20)
        if source.name == "a.mp4":
            raise MediaError("broken")
        target.write_text(source.read_text())

    outcomes = list(translate_each(pairs, out, copy, Options(), len(pairs)))
    assert sorted(outcome.status for outcome in outcomes) == ["failed", "translated", "translated"]
    again = translate_each(pairs, out, lambda *_: None, Options())
    assert [outcome.status for outcome in again][1:] == ["finished before", "finished before"]

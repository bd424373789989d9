import os

import pytest

from video.core.files import replace_folder, write_atomic
from video.core.leftovers import recover, remove_leftovers, short_name

IMPORTS = "import os, sys, time\nfrom video.core.files import replace_folder, write_atomic\n"
WAIT = "print('ready', flush=True); time.sleep(60)\n"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("letter", ["n", "\u00e4"])
def test_a_short_name_leaves_room_and_two_long_names_stay_apart(letter):
    first, second = (short_name(letter * 254 + end) for end in "ab")
    assert first != second
    assert max(len(name.encode()) for name in (first, second)) <= 200
    assert short_name("weights.bin") == "weights.bin"


def test_kill_9_during_a_write_leaves_the_old_file_and_a_leftover_that_is_cleaned(target, kill_when_ready):
    code = "with write_atomic(sys.argv[1]) as file:\n    file.write(b'x' * 100_000); file.flush(); " + WAIT
    pid = kill_when_ready(IMPORTS + code, target)
    assert target.read_bytes() == b"old"
    assert names(target.parent) == [f".weights.bin.tmp-{pid}-1", target.name]
    assert [path.name for path in remove_leftovers(target.parent)] == [f".weights.bin.tmp-{pid}-1"]
    assert names(target.parent) == [target.name]


KILLED_IN_BLOCK = "with replace_folder(sys.argv[1]) as new:\n    (new / 'half.txt').touch(); " + WAIT
KILLED_BETWEEN_RENAMES = f"""
rename = os.rename
def pause(source, destination):
    if ".tmp-" in str(source):
        {WAIT}
    rename(source, destination)
os.rename = pause
with replace_folder(sys.argv[1]) as new:
    (new / "new.txt").touch()
"""


def test_kill_9_while_a_folder_is_written_leaves_the_old_one(folder, kill_when_ready):
    kill_when_ready(IMPORTS + KILLED_IN_BLOCK, folder)
    assert names(folder) == ["old.txt"]
    remove_leftovers(folder.parent)
    assert names(folder.parent) == ["export"]


@pytest.mark.parametrize("recover", [recover, lambda folder: remove_leftovers(folder.parent)])
def test_kill_9_between_the_renames_is_recovered(folder, recover, kill_when_ready):
    kill_when_ready(IMPORTS + KILLED_BETWEEN_RENAMES, folder)
    assert not folder.exists()
    assert recover(folder)
    assert names(folder) == ["old.txt"]


def test_a_folder_of_a_long_name_is_put_back_by_who_knows_the_name(tmp_path, kill_when_ready):
    folder = tmp_path / ("n" * 255)
    folder.mkdir()
    kill_when_ready(IMPORTS + KILLED_BETWEEN_RENAMES, folder)
    remove_leftovers(tmp_path)
    assert not folder.exists()
    assert recover(folder)
    assert names(tmp_path) == [folder.name]


def test_recovering_one_target_removes_its_leftovers_alone(tmp_path):
    for name in (".x.tmp-4194305-1", ".y.tmp-4194305-1"):
        (tmp_path / name).touch()
    assert not recover(tmp_path / "x")
    assert names(tmp_path) == [".y.tmp-4194305-1"]


def test_the_next_replacement_recovers_first(folder, kill_when_ready):
    kill_when_ready(IMPORTS + KILLED_BETWEEN_RENAMES, folder)
    with pytest.raises(ValueError), replace_folder(folder):
        raise ValueError
    assert names(folder) == ["old.txt"]


def test_there_is_nothing_to_recover_in_a_sound_folder(folder):
    assert not recover(folder)
    assert remove_leftovers(folder.parent) == []
    assert remove_leftovers(folder / "missing") == []


def test_leftovers_of_living_processes_and_other_files_stay(tmp_path):
    kept = [f".x.tmp-{os.getppid()}-1", ".x.tmp-abc-1", ".lock", "x.tmp-1-1"]
    for name in kept:
        (tmp_path / name).touch()
    with write_atomic(tmp_path / "mine"):
        remove_leftovers(tmp_path)
    assert names(tmp_path) == sorted([*kept, "mine"])


def test_a_leftover_with_our_own_reused_process_id_is_removed(tmp_path):
    (tmp_path / f".x.tmp-{os.getpid()}-999999").touch()
    remove_leftovers(tmp_path)
    assert names(tmp_path) == []

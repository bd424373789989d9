import pytest

from video.core.errors import OutputError, UsageError
from video.core.names import below, check_folder, is_pattern, matching, mirrored, natural_order, root_of


def test_numbers_in_names_are_sorted_as_numbers():
    names = ["frame_10", "frame_9", "Frame_1", "frame_09"]
    assert sorted(names, key=natural_order) == ["Frame_1", "frame_09", "frame_9", "frame_10"]


def test_a_name_of_thousands_of_digits_has_its_place_too():
    assert natural_order("9" * 10_000) > natural_order("1")


@pytest.fixture
def folder(tmp_path):
    for name in ("a.mp4", "sub/b.MP4", "sub/c.txt", ".hidden.mp4", "take[1].mp4"):
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / "in" / name).touch()
    return tmp_path / "in"


def test_a_name_with_brackets_that_is_there_is_not_a_pattern(folder):
    assert is_pattern(folder / "*.mp4")
    assert not is_pattern(folder / "take[1].mp4")


def test_a_pattern_finds_files_of_the_suffixes_in_any_case(folder):
    found = [path.name for path in matching(folder / "**" / "*", (".mp4",))]
    assert found == ["a.mp4", "b.MP4", "take[1].mp4"]


def test_a_folder_is_searched_for_all_that_is_not_hidden(folder):
    (folder / ".a.mp4.work").mkdir()
    (folder / ".a.mp4.work" / "000000.mp4").touch()
    assert [path.name for path in below(folder, (".mp4",))] == ["a.mp4", "b.MP4", "take[1].mp4"]


def test_a_folder_with_brackets_in_its_name_is_searched_too(folder):
    folder = folder.rename(folder.with_name("in [1]"))
    assert len(below(folder, (".mp4",))) == 3


@pytest.mark.parametrize(
    ("pattern", "root"), [("*.mp4", "."), ("sub/*", "sub"), ("s*/*.mp4", "."), ("", ".")]
)
def test_a_pattern_is_rooted_before_its_first_wildcard(folder, pattern, root):
    assert root_of(folder / pattern) == folder / root


def test_of_two_files_that_would_have_one_name_the_one_that_has_it_keeps_it(tmp_path):
    sources = [tmp_path / "a.avi", tmp_path / "sub" / "a.avi", tmp_path / "a.MKV", tmp_path / "a.mkv"]
    pairs = mirrored(
        sources, tmp_path, tmp_path / "out", lambda path: path.suffix if path.suffix != ".avi" else ".mkv"
    )
    assert [pair.source for pair in pairs] == sources
    assert [str(pair.target.relative_to(tmp_path / "out")) for pair in pairs] == [
        "a.avi.mkv",
        "sub/a.mkv",
        "a.MKV",
        "a.mkv",
    ]


@pytest.mark.parametrize("source", ["", "**/*.mp4"])
def test_a_target_that_would_be_searched_next_time_is_refused(folder, source):
    with pytest.raises(UsageError, match="the output lies in the input"):
        check_folder(folder / source, folder / "out")


def test_a_target_beside_what_a_plain_pattern_fits_is_allowed(folder):
    check_folder(folder / "*.mp4", folder / "out")


def test_a_file_is_refused_as_a_target(folder):
    with pytest.raises(OutputError, match="the output is a file"):
        check_folder(folder, folder / "a.mp4")

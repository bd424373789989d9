import pytest

from cyclegan_tf.data.domains import Domains, check_apart, find_domains
from cyclegan_tf.errors import ConfigError, DataError, UsageError


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


@pytest.mark.parametrize("tests", [(), ("testA",), ("testA", "testB")])
def test_a_data_folder_gives_its_domains(tmp_path, tests):
    for name in ("trainA", "trainB", *tests):
        (tmp_path / name).mkdir()
    found = [tmp_path / name if name in tests else None for name in ("testA", "testB")]
    assert find_domains(tmp_path) == Domains(tmp_path / "trainA", tmp_path / "trainB", *found)


def test_a_folder_and_a_list_give_the_domains(tmp_path):
    touch(tmp_path, "a.txt", "b/b.png")
    assert find_domains(a=tmp_path / "a.txt", b=tmp_path / "b") == Domains(tmp_path / "a.txt", tmp_path / "b")


def test_a_missing_domain_is_named_with_the_expected_layout(tmp_path):
    (tmp_path / "trainA").mkdir()
    with pytest.raises(DataError, match="domain B: there is no folder .*trainB") as caught:
        find_domains(tmp_path)
    assert "trainA, trainB and optionally testA, testB; found only these folders beside it: trainA" in str(
        caught.value
    )


@pytest.mark.parametrize(
    "given", [{}, {"data": "d", "a": "x", "b": "y"}, {"data": "d", "a": "x"}, {"a": "x"}]
)
def test_the_folders_must_be_given_in_exactly_one_way(given):
    with pytest.raises(UsageError, match="expected one data folder, or the folders a and b"):
        find_domains(**given)


def test_a_picture_in_both_domains_lists_is_named(tmp_path):
    touch(tmp_path, "a.png", "sub/b.png")
    (tmp_path / "one.txt").write_text("a.png\nsub/b.png")
    (tmp_path / "two.txt").write_text("sub/../sub/b.png")
    with pytest.raises(ConfigError, match=r"share 1 pictures, first .*sub/b.png"):
        check_apart(tmp_path / "one.txt", tmp_path / "two.txt")
    with pytest.raises(ConfigError, match="the same list"):
        check_apart(tmp_path / "one.txt", tmp_path / "one.txt")


def test_one_folder_for_both_domains_is_refused(tmp_path):
    folder = tmp_path / "a"
    touch(folder, "0.png")
    (tmp_path / "link").symlink_to(folder)
    for other in (folder, tmp_path / "link", tmp_path / "a" / ".." / "a"):
        with pytest.raises(ConfigError, match="the same folder"):
            check_apart(folder, other)


def test_a_folder_inside_the_other_domain_is_refused(tmp_path):
    (tmp_path / "b").mkdir()
    with pytest.raises(ConfigError, match="lies inside"):
        check_apart(tmp_path, tmp_path / "b")

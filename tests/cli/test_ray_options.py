import pytest

from cyclegan_tf.cli.ray_options import cluster_options, with_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (["--ray"], "local"),
        (["--ray", "--ray-workers", "2"], "local"),
        (["--ray", "head:6379"], "head:6379"),
    ],
)
def test_an_address_may_be_left_out(given, address):
    filled = with_address(["video", "in.mp4", "out.mp4", *given])
    assert filled[filled.index("--ray") + 1] == address
    assert [word for word in filled if word != "local"] == ["video", "in.mp4", "out.mp4", *given]


def test_a_command_line_without_it_stays_as_it_is():
    assert with_address(["video", "a", "b", "--json"]) == ["video", "a", "b", "--json"]


def test_without_it_there_is_no_cluster():
    assert cluster_options(None, 2, 1.0, 0.0, "shared") is None
    assert cluster_options("local", 2, 1.0, 0.0, "shared").workers == 2


@pytest.mark.parametrize("name", ["video", "image"])
def test_a_number_of_workers_below_one_is_refused_before_any_work(command, tmp_path, name):
    result = command(name, tmp_path / "in", tmp_path / "out", "--ray", "--ray-workers", "0")
    assert result.exit_code == 2
    assert "--ray-workers is out of range: 0" in result.stderr

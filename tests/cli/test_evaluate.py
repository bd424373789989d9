import json

import pytest

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture(scope="module")
def evaluated(command, tiny_run, tiny_data, shallow_generators, tmp_path_factory):
    """What the command says of `tiny_run`, and the folder that it wrote."""
    out = tmp_path_factory.mktemp("evaluated") / "out"
    result = command(
        "evaluate", tiny_data, "--model", tiny_run, "--out", out, "--expect", "zebra", "--json", "--unpaired"
    )
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout), out


def test_the_result_is_printed_and_written_in_the_same_form(evaluated):
    printed, out = evaluated
    assert json.loads((out / "metrics.json").read_text()) == printed
    assert printed["schema"] == 1 and list(printed["directions"]) == ["ab", "ba"]


def test_the_share_is_measured_for_the_direction_that_it_is_asked_for(evaluated):
    printed, _ = evaluated
    ab, ba = (printed["directions"][way]["scores"] for way in ("ab", "ba"))
    assert (ab[0]["name"], ab[0]["classes"], ab[0]["network"]) == ("share", "340 zebra", "efficientnet-lite0")
    assert "share" not in [score["name"] for score in ba]


def test_an_output_that_exists_is_not_overwritten(command, evaluated, tiny_data):
    _, out = evaluated
    result = command("evaluate", tiny_data, "--out", out)
    assert result.exit_code == 6 and "output exists" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("--a", "somewhere")])
def test_without_pictures_it_is_a_usage_error(command, arguments):
    result = command("evaluate", *arguments)
    assert result.exit_code == 2 and "no pictures to measure on" in result.stderr


def test_an_unknown_network_is_a_usage_error(command, tiny_run, tiny_data):
    result = command("evaluate", tiny_data, "--model", tiny_run, "--features", "resnet")
    assert result.exit_code == 2 and "no feature network of this name: resnet" in result.stderr

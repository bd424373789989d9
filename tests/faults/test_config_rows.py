"""Rows 2 and 4 to 7 of the fault catalogue: configurations, through the command line."""

import pytest

from cyclegan_tf.config.loading import load_config


@pytest.fixture
def refusal(command, tmp_path, tiny_data):
    """Runs fit with a configuration file and returns what it says on stderr; it must end with 3."""

    def run(text, *options):
        path = tmp_path / "given.yaml"
        path.write_text(text)
        result = command("fit", tiny_data, "--config", path, *options)
        assert result.exit_code == 3, result.output
        assert "fix: " in result.stderr and "Traceback" not in result.stderr
        return result.stderr

    return run


def test_row_2_a_syntax_error_is_shown_with_its_line_and_column(refusal):
    said = refusal("train:\n  steps: 3\n  seed: [1, 2}\n")
    assert "given.yaml:3:" in said
    assert "seed: [1, 2}" in said


@pytest.mark.parametrize("text", ["2e-4", "2E-4", "0.0002"])
def test_row_4_a_rate_written_without_a_dot_is_a_number(text, tmp_path):
    (tmp_path / "given.yaml").write_text(f"train:\n  learning_rate: {text}\n")
    assert load_config(str(tmp_path / "given.yaml")).train.learning_rate == 0.0002


ALIAS_BOMB = "a: &a [x, x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}, *{before}]\n" for before, name in zip("abcdefgh", "bcdefghi")
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("name: one\nname: two\n", "duplicate key"),
        (ALIAS_BOMB, "anchor"),
        ("name: !!python/object/apply:os.system [echo]\n", "tag"),
        ("#" * 10_000_000, "10"),
    ],
    ids=["duplicate", "alias_bomb", "python_tag", "ten_megabytes"],
)
def test_row_5_hostile_yaml_is_refused_by_name(refusal, text, named):
    assert named in refusal(text)


def test_row_6_all_errors_are_told_at_once_with_received_and_allowed(refusal):
    said = refusal("train:\n  batch_size: true\n  learning_rate: .nan\n  decay_start: 2\n")
    for part in (
        "train.batch_size: received true",
        "train.learning_rate: received .nan",
        "train.decay_start",
    ):
        assert part in said
    assert "up to 1024" in said


@pytest.mark.parametrize("name", ["../../x", "a{b}", "a\\nb", ".hidden", "a b"])
def test_row_7_a_name_that_is_no_plain_folder_name_is_refused(refusal, name):
    assert "letters" in refusal(f'name: "{name}"\n')

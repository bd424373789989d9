import math

import pytest

from cyclegan_tf.config.loading import dump_config, load_config, parse_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.config.yaml_loader import MAX_BYTES, parse_yaml
from cyclegan_tf.errors import ConfigError


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "some.yaml")
    return str(caught.value)


def test_a_byte_order_mark_does_not_matter(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"\xef\xbb\xbfname: mine")
    assert load_config(str(file)).name == "mine"


@pytest.mark.parametrize(
    "root", ["no", "2e-4", "010", "a: b", "# x", "", " x ", "ü\n\t'\"", "~", "0x1f", "null"]
)
def test_text_that_looks_like_something_else_round_trips(root):
    config = Config.model_validate({"data": {"root": root or "?"}})
    assert parse_config(dump_config(config)) == config


# YAML 1.2
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2e-4", 2e-4),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-.inf", -math.inf),
        ("010", 10),
        ("0x10", 16),
        ("0o17", 15),
        ("+7", 7),
        ("true", True),
        ("no", "no"),
        ("off", "off"),
        ("Yes", "Yes"),
        ("1_000", "1_000"),
        ("20261128_1.5", "20261128_1.5"),
        ("_", "_"),
        ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"),
        ("=", "="),
        ("~", None),
        ('"2e-4"', "2e-4"),
    ],
)
def test_scalars_follow_yaml_1_2(text, value):
    parsed = parse_yaml(f"key: {text}", "some.yaml")["key"]
    assert (type(parsed), parsed) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("train:\n  steps: [1,\nname: x", "some.yaml:3:8", "expected ',' or ']'"),
        ("name: a: b", "some.yaml:1:8", "mapping values are not allowed"),
        ("name: a\nname: b", "some.yaml:2:1", 'duplicate key "name"'),
        ("train: {seed: 1, seed: 2}", "some.yaml:1:18", 'duplicate key "seed"'),
        ("a: &x [1]\nb: *x", "some.yaml:1:4", "aliases (*) are not allowed"),
        ("name: *x", "some.yaml:1:7", "aliases (*) are not allowed"),
        ("a: !!python/object/apply:os.system [ls]", "some.yaml:1:4", "tags are not allowed"),
        ("name: !mine x", "some.yaml:1:7", "tags are not allowed: !mine"),
        ("a:\n  1: 2", "some.yaml:2:3", "a key must be text"),
        ("? [a]\n: b", "some.yaml:1:3", "a key must be text"),
        ("<<: {name: x}", "some.yaml:1:1", "a key must be text"),
        ("name: x\nfoo: \x07", "some.yaml:2:6", "YAML does not allow the character U+0007"),
        ("[" * 1000, "some.yaml:1:21", "nested deeper"),
        (f"[{'1,' * 20_000}]", "some.yaml:1:", "longer than 10000 values"),
        (f"train: {{seed: {'9' * 5000}}}", "some.yaml:1:15", "too many digits"),
        ("a: 1\n--- \nb: 2", "some.yaml:2:1", "another document"),
    ],
)
def test_what_is_not_strict_yaml_is_refused_with_its_place(text, place, words):
    message = error_of(text)
    assert place in message
    assert words in message
    assert "fix: " in message


def test_a_message_about_a_very_long_line_stays_short():
    assert len(error_of(f"name: {'x' * 500_000}: y")) < 400


def test_a_large_file_is_refused_by_its_size(tmp_path):
    file = tmp_path / "large.yaml"
    file.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match=f"expected at most {MAX_BYTES} bytes, found {MAX_BYTES + 1}"):
        load_config(file)


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path):
    file = tmp_path / "latin.yaml"
    file.write_bytes(b"seed: 1\nname: \xe9")
    with pytest.raises(ConfigError, match=r"latin\.yaml:2\nexpected UTF-8, found the byte 0xe9"):
        load_config(file)


def test_a_folder_is_not_a_configuration(tmp_path):
    with pytest.raises(ConfigError, match="not a regular file"):
        load_config(tmp_path)

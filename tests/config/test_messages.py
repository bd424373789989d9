import pytest

from cyclegan_tf.config.loading import key_table, load_config, parse_config
from cyclegan_tf.errors import ConfigError


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "some.yaml")
    return str(caught.value)


def error_of_override(*overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(None, overrides)
    return str(caught.value)


def test_every_key_is_described():
    assert [key for key, _, takes, meaning in key_table() if not takes or not meaning.endswith(".")] == []


# Keys and ranges
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train: {lerning_rate: 1}", "train.lerning_rate: unknown key, did you mean train.learning_rate?"),
        ("train: {crop_size: 64}", "train.crop_size: unknown key, did you mean data.crop_size?"),
        ("learning_rate: 1", "learning_rate: unknown key, did you mean train.learning_rate?"),
        ("trian: {}", "trian: unknown key, did you mean train?"),
        ("data: {zzzz: 1}", "data.zzzz: unknown key, expected one of data.root, data.a,"),
        ("zzzz: 1", "zzzz: unknown key, expected one of name, data, model, losses, distill, train, output"),
        ("data: {root: 7}", 'data.root: received 7, expected a path or null; put it in quotes: "7"'),
        ("output: 3", "output: received 3, expected a section with keys of its own"),
    ],
)
def test_a_bad_key_or_value_is_named_with_what_is_allowed(text, message):
    assert message in error_of(text)


WHOLE = "a whole number from 1 up to 1024"


@pytest.mark.parametrize(
    ("key", "value", "received", "expected"),
    [
        ("train.batch_size", "true", "true", WHOLE),
        ("train.batch_size", "3.0", "3.0", WHOLE),
        ("train.batch_size", "[1]", "a list", WHOLE),
        ("train.batch_size", "null", "null", WHOLE),
        ("train.devices", "0", "0", f"all or {WHOLE}"),
        ("train.devices", "some", "'some'", f"all or {WHOLE}"),
        ("train.devices", "true", "true", f"all or {WHOLE}"),
        ("train.steps", "-1", "-1", "a whole number from 1 up to 1000000000 or null"),
        ("train.learning_rate", ".nan", ".nan", "a number above 0 up to 1"),
        ("train.beta_2", "1.0", "1.0", "a number from 0 and below 1"),
        ("losses.lambda_a", ".inf", ".inf", "a number from 0 up to 1000000"),
        ("data.channels_a", "17", "17", "a whole number from 1 up to 16"),
        ("data.flip", "yes", "'yes'", "true or false"),
        ("data.cache", "disk", "'disk'", "one of auto, memory, off"),
        ("data.root", "''", "''", "a path or null"),
    ],
)
def test_a_value_out_of_range_is_named_as_it_was_received_with_what_is_allowed(
    key, value, received, expected
):
    section, _, name = key.partition(".")
    assert f"{key}: received {received}, expected {expected}" in error_of(f"{section}: {{{name}: {value}}}")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("train.lerning_rate=1", "did you mean train.learning_rate"),
        ("train.adam.beta=1", "train.adam.beta: unknown key"),
        ("train=3", "train: received 3, expected a section"),
        ("train.seed=[1]", "train.seed: received '[1]'"),
        ("name='x", "cannot parse --set"),
        (f"train.seed={'9' * 5000}", "too many digits"),
    ],
)
def test_a_bad_override_is_named(override, words):
    assert words in error_of_override(override)

import math
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from cyclegan_tf.config.loading import dump_config, key_table, load_config, parse_config, preset_names
from cyclegan_tf.config.rules import GENERATOR_STRIDE, smallest_crop
from cyclegan_tf.config.schema import Config
from cyclegan_tf.config.yaml_loader import MAX_BYTES, parse_yaml
from cyclegan_tf.errors import ConfigError, UsageError

PRESETS = ["cpu-128", "demo", "fast-256", "paper-256"]


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "some.yaml")
    return str(caught.value)


def error_of_override(*overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(None, overrides)
    return str(caught.value)


def test_the_presets_are_the_files_in_configs():
    assert preset_names() == PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_loads_and_round_trips(name):
    config = load_config(name)
    assert config.name == name
    assert parse_config(dump_config(config)) == config


def test_the_defaults_are_the_recipe_of_the_paper():
    changed = {"name": "run", "output": load_config().output}
    assert load_config("paper-256").model_copy(update=changed) == load_config()


def test_a_file_sets_some_keys_and_defaults_fill_in(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("train:\n  batch_size: 4\n")
    assert load_config(file) == load_config(None, ["train.batch_size=4"])


@pytest.mark.parametrize("text", ["", "# nothing", "train:", "train: {}"])
def test_an_empty_file_or_section_means_the_defaults(text):
    assert parse_config(text) == Config()


def test_a_byte_order_mark_does_not_matter(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"\xef\xbb\xbfname: mine")
    assert load_config(str(file)).name == "mine"


def test_a_config_is_frozen():
    with pytest.raises(ValidationError):
        load_config().train.batch_size = 2


def test_importing_config_loads_no_tensorflow():
    code = "import cyclegan_tf.config, sys; print({'tensorflow', 'keras', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "root", ["no", "2e-4", "010", "a: b", "# x", "", " x ", "ü\n\t'\"", "~", "0x1f", "null"]
)
def test_text_that_looks_like_something_else_round_trips(root):
    config = Config.model_validate({"data": {"root": root or "?"}})
    assert parse_config(dump_config(config)) == config


@pytest.mark.parametrize("rate", [2e-4, 1e-5, 1e-16, 0.1, 1.0, 1 / 3])
def test_numbers_round_trip_to_the_last_bit(rate):
    config = Config.model_validate({"train": {"learning_rate": rate}})
    assert parse_config(dump_config(config)).train.learning_rate == rate


def test_every_key_is_described():
    assert [key for key, _, takes, meaning in key_table() if not takes or not meaning.endswith(".")] == []


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


def test_off_is_a_word():
    assert parse_config("data: {cache: off}").data.cache == "off"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("train:\n  steps: [1,\nname: x", "some.yaml:3:8", "expected ',' or ']'"),
        ("name: a: b", "some.yaml:1:8", "mapping values are not allowed"),
        ("name: a\nname: b", "some.yaml:2:1", "duplicate key: name"),
        ("train: {seed: 1, seed: 2}", "some.yaml:1:18", "duplicate key: seed"),
        ("a: &x [1]\nb: *x", "some.yaml:1:4", "aliases (*) are not allowed"),
        ("name: *x", "some.yaml:1:7", "aliases (*) are not allowed"),
        ("a: !!python/object/apply:os.system [ls]", "some.yaml:1:4", "tags are not allowed"),
        ("name: !mine x", "some.yaml:1:7", "tags are not allowed: !mine"),
        ("a:\n  1: 2", "some.yaml:2:3", "a key must be text"),
        ("? [a]\n: b", "some.yaml:1:3", "a key must be text"),
        ("name: x\nfoo: \x07", "some.yaml:2:6", "a character that YAML does not allow"),
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


def test_a_merge_key_is_an_unknown_key():
    assert "<<: unknown key" in error_of("<<: {name: x}")


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


@pytest.mark.parametrize("text", ["- a", "word", "3"])
def test_a_file_without_sections_is_refused(text):
    assert "not a configuration: some.yaml" in error_of(text)


@pytest.mark.parametrize("name", ["missing.yaml", "cpu-129", "x" * 5000, "a\0b"])
def test_a_missing_file_is_a_usage_error_that_lists_the_presets(name):
    with pytest.raises(UsageError) as caught:
        load_config(name)
    assert caught.value.exit_code == 2
    assert name in str(caught.value)
    assert ", ".join(PRESETS) in str(caught.value)


# Keys and ranges


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train: {lerning_rate: 1}", "train.lerning_rate: unknown key, did you mean train.learning_rate?"),
        ("train: {crop_size: 64}", "train.crop_size: unknown key, did you mean data.crop_size?"),
        ("learning_rate: 1", "learning_rate: unknown key, did you mean train.learning_rate?"),
        ("trian: {}", "trian: unknown key, did you mean train?"),
        ("data: {zzzz: 1}", "data.zzzz: unknown key, expected one of data.root, data.a,"),
        ("zzzz: 1", "zzzz: unknown key, expected one of name, data, model, losses, train, output"),
        (
            "train: {batch_size: true}",
            "train.batch_size: received true, expected a whole number from 1 up to 1024",
        ),
        (
            'train: {batch_size: "3"}',
            "train.batch_size: received '3', expected a whole number from 1 up to 1024",
        ),
        (
            "train: {batch_size: 3.0}",
            "train.batch_size: received 3.0, expected a whole number from 1 up to 1024",
        ),
        ("train: {batch_size: 0}", "train.batch_size: received 0, expected a whole number from 1 up to 1024"),
        (
            "train: {batch_size: [1]}",
            "train.batch_size: received a list, expected a whole number from 1 up to 1024",
        ),
        (
            "train: {batch_size:}",
            "train.batch_size: received null, expected a whole number from 1 up to 1024",
        ),
        (
            "train: {steps: -1}",
            "train.steps: received -1, expected a whole number from 1 up to 1000000000 or null",
        ),
        (
            "train: {learning_rate: .nan}",
            "train.learning_rate: received .nan, expected a number above 0 up to 1",
        ),
        ("train: {learning_rate: 0}", "train.learning_rate: received 0, expected a number above 0 up to 1"),
        ("train: {beta_2: 1.0}", "train.beta_2: received 1.0, expected a number from 0 and below 1"),
        (
            "losses: {lambda_a: .inf}",
            "losses.lambda_a: received .inf, expected a number from 0 up to 1000000",
        ),
        (
            "losses: {lambda_a: true}",
            "losses.lambda_a: received true, expected a number from 0 up to 1000000",
        ),
        ("data: {flip: yes}", "data.flip: received 'yes', expected true or false"),
        ("data: {cache: disk}", "data.cache: received 'disk', expected one of auto, memory, off"),
        ("data: {cache: false}", "data.cache: received false, expected one of auto, memory, off"),
        ("data: {on_bad_image: warn}", "data.on_bad_image: received 'warn', expected one of stop, skip"),
        ("data: {root: ''}", "data.root: received '', expected a path or null"),
        ("data: {root: 7}", 'data.root: received 7, expected a path or null; put it in quotes: "7"'),
        ("output: 3", "output: received 3, expected a section with keys of its own"),
    ],
)
def test_a_bad_key_or_value_is_named_with_what_is_allowed(text, message):
    assert message in error_of(text)


@pytest.mark.parametrize(
    "name", ["../../x", "a/b", ".hidden", "a{b}", "a\nb", "a\n", "a b", "", "ä", "x" * 101]
)
def test_a_name_that_is_no_plain_folder_name_is_refused(name):
    with pytest.raises(ValidationError):
        Config(name=name)


def test_all_errors_come_at_once_and_a_person_can_read_them():
    message = error_of(
        "name: ../x\ndata: {crop_size: 250, flip: 1}\ntrain: {epochs: 0, lr: 1}\nmodel: {generator: vgg}"
    )
    assert message.startswith("error: configuration is not valid (5 problems): some.yaml\n  name: received")
    for key in ("data.flip", "train.epochs", "train.lr", "model.generator"):
        assert f"\n  {key}: " in message
    assert "pydantic" not in message
    assert "http" not in message


def test_conflicts_between_good_keys_come_together_with_bad_keys():
    message = error_of(
        "data: {load_size: 100, crop_size: 128}\nmodel: {generator: unet_128}\ntrain: {seed: x}"
    )
    assert "(2 problems)" in message
    assert "data.load_size: received 100" in message


def test_a_bad_key_causes_no_second_complaint_about_its_default():
    assert "(1 problem)" in error_of("data: {load_size: x, crop_size: 512}")


# Conflicts between keys


@pytest.mark.parametrize(
    "preprocess", ["resize_and_crop", "scale_width_and_crop", "scale_shortside_and_crop"]
)
def test_a_crop_larger_than_the_resized_picture_is_refused(preprocess):
    message = error_of(f"data: {{preprocess: {preprocess}, load_size: 200, crop_size: 256}}")
    assert "data.load_size: received 200, expected at least data.crop_size = 256" in message


@pytest.mark.parametrize("preprocess", ["crop", "none"])
def test_the_load_size_does_not_matter_without_a_resize(preprocess):
    assert parse_config(f"data: {{preprocess: {preprocess}, load_size: 200}}").data.load_size == 200


@pytest.mark.parametrize(
    ("generator", "crop_size", "nearest"),
    [
        ("resnet_9blocks", 250, "nearest: 248 or 252"),
        ("unet_128", 200, "nearest: 128 or 256"),
        ("unet_256", 128, "nearest: 256"),
    ],
)
def test_a_crop_that_does_not_fit_the_generator_is_refused_with_the_nearest(generator, crop_size, nearest):
    message = error_of(f"model: {{generator: {generator}}}\ndata: {{crop_size: {crop_size}}}")
    assert f"data.crop_size: received {crop_size}, expected a multiple of" in message
    assert nearest in message


def test_a_crop_too_small_for_the_discriminator_is_refused():
    assert "expected at least 24 for a patch discriminator with 3 layers" in error_of("data: {crop_size: 20}")


@pytest.mark.parametrize(("num_layers", "pixels"), [(1, 6), (2, 12), (3, 24), (5, 96)])
def test_the_smallest_crop_leaves_exactly_one_patch(num_layers, pixels):
    assert smallest_crop("n_layers", num_layers) == pixels
    size = pixels
    for stride in [2] * num_layers + [1, 1]:
        size = (size + 2 - 4) // stride + 1
    assert size == 1


@pytest.mark.parametrize("discriminator", ["patch", "pixel"])
def test_layers_are_refused_where_they_would_be_ignored(discriminator):
    message = error_of(f"model: {{discriminator: {discriminator}, discriminator_layers: 2}}")
    assert f"model.discriminator_layers: received 2, but model.discriminator is {discriminator}" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data: {a: cats}", "data.b: missing, expected together with data.a when there is no data.root"),
        ("data: {b: dogs}", "data.a: missing, expected together with data.b when there is no data.root"),
        ("data: {a: cats, b: ./cats/}", "data.a and data.b: both are cats, expected two folders"),
    ],
)
def test_folders_that_cannot_be_two_domains_are_refused(text, message):
    assert message in error_of(text)


def test_the_strides_are_those_of_the_generators():
    networks = pytest.importorskip("cyclegan_tf.networks.specs")
    strides = {name: networks.GeneratorSpec(architecture=name).stride for name in GENERATOR_STRIDE}
    assert strides == GENERATOR_STRIDE


# Overrides and the length of a run


@pytest.mark.parametrize(
    ("override", "section", "key", "value"),
    [
        ("train.learning_rate=1e-4", "train", "learning_rate", 1e-4),
        ("data.root=/a=b", "data", "root", "/a=b"),
        ("data.root=a: b # c", "data", "root", "a: b # c"),
        ('data.root="7"', "data", "root", "7"),
        ("data.root=", "data", "root", None),
        ("data.cache = off", "data", "cache", "off"),
    ],
)
def test_an_override_is_read_as_a_yaml_scalar(override, section, key, value):
    assert getattr(getattr(load_config(None, [override]), section), key) == value


def test_the_last_of_two_overrides_wins():
    assert load_config(None, ["train.seed=1", "train.seed=2"]).train.seed == 2


def test_the_name_is_overridden_without_a_section():
    assert load_config("demo", ["name=mine"]).name == "mine"


@pytest.mark.parametrize("override", ["train.seed", "=3", ""])
def test_an_override_without_key_or_value_is_a_usage_error(override):
    with pytest.raises(UsageError, match="expected section.key=value"):
        load_config(None, [override])


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


@pytest.mark.parametrize(
    ("preset", "overrides", "epochs", "steps"),
    [
        ("paper-256", [], 200, None),
        ("paper-256", ["train.steps=3000"], None, 3000),
        ("cpu-128", [], None, 4000),
        ("cpu-128", ["train.epochs=5"], 5, None),
        ("cpu-128", ["train.steps=null"], 200, None),
        ("paper-256", ["train.steps=3000", "train.epochs=5"], 5, None),
    ],
)
def test_the_last_layer_that_sets_a_length_decides(preset, overrides, epochs, steps):
    train = load_config(preset, overrides).train
    assert (train.epochs, train.steps) == (epochs, steps)


def test_two_lengths_in_one_file_are_refused():
    assert "train.epochs and train.steps: received 5 and 9" in error_of("train: {epochs: 5, steps: 9}")


def test_no_length_is_refused():
    assert "both are null, expected one of them" in error_of("train: {epochs: null}")


def test_a_preset_says_its_source_command_time_and_result():
    for name in PRESETS:
        text = Path(__file__).parents[2].joinpath("configs", f"{name}.yaml").read_text()
        for words in (
            "# Source: ",
            f"# Command: cyclegan-tf fit DATA --config {name}\n",
            "# Time: ",
            "# Result: ",
        ):
            assert words in text


# Channels and ranges


@pytest.mark.parametrize("channels", [0, 17])
def test_channels_out_of_range_are_refused(channels):
    text = error_of(f"data: {{channels_a: {channels}}}")
    assert f"data.channels_a: received {channels}, expected a whole number from 1 up to 16" in text


def test_the_identity_loss_needs_equal_channels_and_says_which_keys():
    text = error_of("data: {channels_a: 1, channels_b: 4}")
    assert "losses.lambda_identity: received 0.5, expected 0 when data.channels_a = 1 and data.chan" in text
    assert "data.channels_b = 4 differ" in text


@pytest.mark.parametrize("text", ["data: {channels_a: 1, channels_b: 1}", "losses: {lambda_identity: 0}"])
def test_equal_channels_or_no_identity_loss_are_accepted(text):
    assert parse_config(text)


def test_channels_may_differ_without_the_identity_loss():
    config = parse_config("data: {channels_a: 1, channels_b: 4}\nlosses: {lambda_identity: 0}")
    assert (config.data.channels_a, config.data.channels_b) == (1, 4)


@pytest.mark.parametrize("text", ["[0, 4095]", "[-1.0, 1e3]"])
def test_a_range_is_given_in_a_file_and_on_the_command_line_alike(text):
    from_file = parse_config(f"data: {{range_a: {text}}}")
    assert load_config(None, [f"data.range_a={text}"]) == from_file
    assert parse_config(dump_config(from_file)) == from_file


@pytest.mark.parametrize("value", ["5", "[1]", "[1, 2, 3]", "[a, 2]", "[0, .nan]", "low"])
def test_what_is_no_range_is_refused(value):
    text = error_of(f"data: {{range_b: {value}}}")
    assert "data.range_b: received" in text
    assert "expected two numbers [low, high] or null" in text


@pytest.mark.parametrize("value", ["[5, 5]", "[9, 1]"])
def test_an_empty_range_is_refused(value):
    assert "expected the lower number first" in error_of(f"data: {{range_a: {value}}}")

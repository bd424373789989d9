import pytest

from cyclegan_tf.config.loading import parse_config
from cyclegan_tf.errors import ConfigError


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "some.yaml")
    return str(caught.value)


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


@pytest.mark.parametrize(
    ("lengths", "said"),
    [
        ("epochs: 5, steps: 9", "train.epochs and train.steps: received 5 and 9"),
        ("epochs: null", "both are null, expected one of them"),
    ],
)
def test_two_lengths_in_one_file_or_none_are_refused(lengths, said):
    assert said in error_of(f"train: {{{lengths}}}")


# Channels and ranges
def test_the_identity_loss_needs_equal_channels_and_says_which_keys():
    text = error_of("data: {channels_a: 1, channels_b: 4}")
    assert "losses.lambda_identity: received 0.5, expected 0 when data.channels_a = 1 and data.chan" in text
    assert "data.channels_b = 4 differ" in text


@pytest.mark.parametrize(("channels_b", "lambda_identity"), [(1, 0.5), (4, 0)])
def test_channels_may_differ_without_the_identity_loss(channels_b, lambda_identity):
    data = f"data: {{channels_a: 1, channels_b: {channels_b}}}"
    config = parse_config(f"{data}\nlosses: {{lambda_identity: {lambda_identity}}}")
    assert (config.data.channels_a, config.data.channels_b) == (1, channels_b)


@pytest.mark.parametrize("value", ["5", "[1]", "[1, 2, 3]", "[a, 2]", "[0, .nan]", "low", "[5, 5]", "[9, 1]"])
def test_what_is_not_a_range_is_refused(value):
    text = error_of(f"data: {{range_b: {value}}}")
    assert "data.range_b: received" in text
    is_empty = value in ("[5, 5]", "[9, 1]")
    assert ("lower number first" if is_empty else "expected two numbers [low, high] or null") in text


def test_a_unet_has_no_blurred_downsampling():
    message = error_of("model: {generator: unet_256, generator_downsampling: blur}")
    assert "model.generator_downsampling: received blur, expected strided for unet_256" in message
    spec = parse_config("model: {generator_downsampling: blur, upsampling: bilinear}").generator_spec
    assert (spec.downsampling, spec.upsampling) == ("blur", "bilinear")


@pytest.mark.parametrize("output", ["{}", "{evaluate_every_steps: 5, best_metric: null}"])
def test_a_run_cannot_stop_by_evaluations_that_it_does_not_make(output):
    message = error_of(f"train: {{stop_after_no_improvement: 3}}\noutput: {output}")
    assert "train.stop_after_no_improvement: received 3, expected together with" in message


def test_a_run_can_stop_by_its_evaluations():
    text = "train: {stop_after_no_improvement: 3}\noutput: {evaluate_every_steps: 5}"
    assert parse_config(text).train.stop_after_no_improvement == 3


@pytest.mark.parametrize("several", ["devices: 2", "devices: all", "hosts: slurm"])
def test_several_devices_are_not_compiled_with_xla(several):
    message = error_of(f"train: {{jit_compile: true, {several}}}")
    assert "train.jit_compile: received true, expected false" in message


@pytest.mark.parametrize(
    ("text", "key"),
    [("train: {start_from: old}", "train.start_from"), ("data: {masks_a: m, masks_b: n}", "data.masks_a")],
)
def test_a_student_has_its_teachers_weights_and_masks_and_no_others(text, key):
    assert f"{key}: received" in error_of(f"{text}\ndistill: {{teacher: horses}}")

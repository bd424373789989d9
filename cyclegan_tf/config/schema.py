"""The keys of a configuration: type, range, default and meaning of each.

Networks, losses and data never see a `Config`. Its properties make the plain values that they take; choices
and defaults come from these values. Only the ranges of numbers are defined here.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from cyclegan_tf.config.rules import find_problems
from cyclegan_tf.images.preprocess import Mode, Preprocess
from cyclegan_tf.images.sizes import MAX_PIXELS
from cyclegan_tf.networks.specs import (
    Adversarial,
    DiscriminatorArchitecture,
    DiscriminatorSpec,
    Downsampling,
    GeneratorArchitecture,
    GeneratorSpec,
    LossSettings,
    Padding,
    StudentLosses,
    Upsampling,
)

# At least one character, and none that no file system can hold.
PATH_PATTERN = r"^[^\x00]+$"
NAME_PATTERN = r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$"
# Former names of keys, and their present ones.
RENAMED_KEYS = {
    "model.padding": "model.generator_padding",
    "model.norm_epsilon": "model.generator_norm_epsilon",
    "model.initial": "train.start_from",
}
# Keys of earlier versions that did not help, and the value that meant their absence.
REMOVED_KEYS = {"losses.lambda_change": 0}


_DISCRIMINATORS: dict[str, DiscriminatorArchitecture] = {"pixel": "pixel", "projected": "none"}
BestMetric = Literal[
    "kid", "kid_ab", "kid_ba", "fid", "fid_ab", "fid_ba", "cycle_l1", "cycle_l1_ab", "cycle_l1_ba"
]
# What 16-bit and float pixels are mapped from: [low, high].
Range = Annotated[list[float], Field(min_length=2, max_length=2)]
MOST_DEVICES = 1024


def _key(default: Any, description: str, **limits: Any) -> Any:
    return Field(default, description=description, **limits)


def _path(description: str) -> Any:
    return _key(None, description, pattern=PATH_PATTERN)


class Section(BaseModel):
    """Frozen and strict: no unknown key, no conversion between types, no NaN."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )


def _any_name(value: Any, validate: Callable[[Any], Any]) -> Any:
    """Check a path of which Python holds bytes that are not UTF-8 as surrogates; pydantic refuses those."""
    if not isinstance(value, str) or value.isascii():
        return validate(value)
    shown = value.encode(errors="replace").decode()
    checked = validate(shown)
    return value if checked == shown else checked


class DataConfig(Section):
    """Where the pictures are and how they become crops."""

    _any_names = field_validator("root", "a", "b", "test_a", "test_b", "masks_a", "masks_b", mode="wrap")(
        _any_name
    )

    root: str | None = _path("Folder with trainA, trainB, testA and testB; or tfds:NAME.")
    a: str | None = _path("Pictures of domain A, instead of root/trainA: a folder or a list (.txt).")
    b: str | None = _path("Pictures of domain B, instead of root/trainB: a folder or a list (.txt).")
    test_a: str | None = _path("Test pictures of A, instead of root/testA.")
    test_b: str | None = _path("Test pictures of B, instead of root/testB.")
    masks_a: str | None = _path("Grey pictures, white where the subject is, named as those of A; folder.")
    masks_b: str | None = _path("Grey pictures, white where the subject is, named as those of B; folder.")
    channels_a: int = _key(
        GeneratorSpec.input_channels,
        "Channels of A: 1 is grey, 3 is RGB, others as in the files.",
        ge=1,
        le=16,
    )
    channels_b: int = _key(
        GeneratorSpec.output_channels,
        "Channels of B: 1 is grey, 3 is RGB, others as in the files.",
        ge=1,
        le=16,
    )
    range_a: Range | None = _key(
        None, "What becomes black and white in 16-bit and float pictures of A; null: 0 to 65535."
    )
    range_b: Range | None = _key(
        None, "What becomes black and white in 16-bit and float pictures of B; null: 0 to 65535."
    )
    preprocess: Mode = _key(Preprocess.mode, "How a picture becomes a training crop.")
    load_size: int = _key(Preprocess.load_size, "Pixels to resize to before the crop.", ge=16, le=8192)
    crop_size: int = _key(
        Preprocess.crop_size, "Height and width of a training crop in pixels.", ge=16, le=4096
    )
    flip: bool = _key(Preprocess.flip, "Mirror half of the crops, left to right.")
    zoom: float = _key(
        Preprocess.zoom,
        "With masks, where pictures are resized: crops are taken around the subject, the nearest this many "
        "times as near as at load_size, the farthest as without zoom.",
        ge=1,
        le=8,
    )
    cache: Literal["auto", "memory", "off"] = _key("auto", "Keep decoded pictures in memory.")
    max_pixels: int = _key(MAX_PIXELS, "Refuse pictures with more pixels than this.", ge=256, le=2**31 - 1)
    on_bad_image: Literal["stop", "skip"] = _key(
        "stop", "Stop when pictures cannot be used, or skip up to 1 % of all."
    )


class ModelConfig(Section):
    """The architecture of both generators and both discriminators."""

    generator: GeneratorArchitecture = _key(GeneratorSpec.architecture, "Architecture of the generators.")
    generator_width: int = _key(GeneratorSpec.width, "Channels after the first convolution.", ge=1, le=512)
    discriminator: Literal["patch", "n_layers", "pixel", "projected", "projected+patch"] = _key(
        "patch",
        "Architecture of the discriminators; patch is n_layers with 3 layers, projected judges by the "
        "features of a network that knows photographs.",
    )
    discriminator_layers: int = _key(
        DiscriminatorSpec.num_layers, "Strided convolutions of an n_layers discriminator.", ge=1, le=7
    )
    discriminator_width: int = _key(
        DiscriminatorSpec.width, "Channels after the first convolution.", ge=1, le=512
    )
    norm_affine: bool = _key(
        GeneratorSpec.norm_affine, "Learn a scale and an offset in instance normalization."
    )
    upsampling: Upsampling = _key(
        GeneratorSpec.upsampling,
        "Transposed convolutions as in the paper, resize then convolve, transposed convolutions of "
        "kernel 4, or bilinear then convolve; only the first leaves a checkerboard.",
    )
    generator_norm_epsilon: float = _key(
        GeneratorSpec.norm_epsilon,
        "Added to the variance by the generators' instance normalization.",
        gt=0,
        lt=1,
    )
    generator_padding: Padding = _key(
        GeneratorSpec.padding,
        "Of a ResNet's strided convolutions: as PyTorch pads, or as TensorFlow's same does.",
    )
    generator_downsampling: Downsampling = _key(
        GeneratorSpec.downsampling,
        "Of a ResNet: strided convolutions as in the paper, or a blur after each convolution, as in CUT.",
    )


class LossesConfig(Section):
    """The losses and their weights."""

    adversarial: Adversarial = _key(LossSettings.adversarial, "Adversarial loss; lsgan in the paper.")
    lambda_a: float = _key(LossSettings.lambda_a, "Weight of the cycle A to B to A.", ge=0, le=1e6)
    lambda_b: float = _key(LossSettings.lambda_b, "Weight of the cycle B to A to B.", ge=0, le=1e6)
    lambda_identity: float | None = _key(
        None,
        "Weight of the identity loss, as a part of lambda_a and lambda_b; null: 0.5, with masks 0.",
        ge=0,
        le=1e6,
    )
    lambda_gradient_penalty: float = _key(
        LossSettings.lambda_gradient_penalty,
        "Weight of the gradient penalty; used by wgan_gp only.",
        ge=0,
        le=1e6,
    )
    identity_every: int = _key(
        LossSettings.identity_every,
        "Compute the identity loss in every n-th step alone, n times as heavy.",
        ge=1,
        le=1000,
    )
    lambda_projected: float = _key(
        LossSettings.lambda_projected,
        "Weight of the projected discriminators' loss, where there are such.",
        ge=0,
        le=1e6,
    )
    lambda_background: float = _key(
        LossSettings.lambda_background,
        "Weight of changes outside the masks, as a part of lambda_a and lambda_b.",
        ge=0,
        le=1e6,
    )
    lambda_stability: float = _key(
        LossSettings.lambda_stability,
        "Weight of what a small shift and noise change in a translation, as a part of lambda_a and lambda_b.",
        ge=0,
        le=1e6,
    )


class DistillConfig(Section):
    """What a student learns from; without a teacher a run trains a CycleGAN."""

    _any_names = field_validator("teacher", mode="wrap")(_any_name)

    teacher: str | None = _path(
        "Model or run folder whose answers the generators learn, instead of the losses above."
    )
    direction: Literal["both", "ab", "ba"] = _key("both", "Directions that are learned.")
    crops: int = _key(
        4, "Crops of each picture, each translated by the teacher once and kept.", ge=1, le=10_000
    )
    lambda_l1: float = _key(
        StudentLosses.lambda_l1, "Weight of the difference to the teacher's answer.", ge=0, le=1e6
    )
    lambda_features: float = _key(
        StudentLosses.lambda_features,
        "Weight of that difference in the features of a network that knows photographs.",
        ge=0,
        le=1e6,
    )
    lambda_adversarial: float = _key(
        StudentLosses.lambda_adversarial,
        "Weight of projected discriminators that tell student and teacher apart; 0 has none.",
        ge=0,
        le=1e6,
    )


class TrainConfig(Section):
    """Length of the run and how the optimisers go through it.

    Exactly one of `epochs` and `steps` is set; giving `steps` alone makes `epochs` None.
    """

    epochs: int | None = _key(
        200, "Length of the run in passes over the data; or give steps.", ge=1, le=1_000_000
    )
    steps: int | None = _key(None, "Length of the run in optimiser steps; or give epochs.", ge=1, le=10**9)
    start_from: str | None = _path(
        "Model or run folder whose generators a new run starts with; or fit --start-from."
    )
    batch_size: int = _key(1, "Pictures of each domain in a step, on each device.", ge=1, le=1024)
    learning_rate: float = _key(2e-4, "Learning rate of Adam at the start.", gt=0, le=1)
    beta_1: float = _key(0.5, "Adam's decay of the mean gradient.", ge=0, lt=1)
    beta_2: float = _key(0.999, "Adam's decay of the mean squared gradient.", ge=0, lt=1)
    discriminator_beta_2: float | None = _key(
        None, "The same for the discriminators alone; null: beta_2.", ge=0, lt=1
    )
    stop_after_no_improvement: int | None = _key(
        None, "Stop after so many evaluations without a new best model; null never does.", ge=1, le=10**6
    )
    schedule: Literal["linear", "constant", "cosine"] = _key(
        "linear", "How the learning rate falls; linear and cosine end at 0."
    )
    decay_start: float = _key(0.5, "Part of the run before a linear schedule starts to fall.", ge=0, le=1)
    history_size: int = _key(50, "Generated pictures kept to train each discriminator.", ge=0, le=10_000)
    ema_decay: float = _key(0.999, "Decay of the generators' moving average of weights; 0 = off.", ge=0, lt=1)
    precision: Literal["auto", "float32", "bfloat16", "float16"] = _key(
        "auto", "Number format of the computation; auto takes what the machine does fast."
    )
    device: Literal["auto", "cpu", "gpu"] = _key(
        "auto", "Where to compute; auto takes a GPU if there is one."
    )
    devices: Literal["all"] | int = _key(
        1, "Devices of each host that train together, each on a batch of its own; or fit --devices."
    )
    hosts: Literal["auto", "slurm"] = _key(
        "auto", "Hosts that train together: those of TF_CONFIG if it is set, or the tasks of srun."
    )
    jit_compile: bool = _key(False, "Compile the training step with XLA.")
    seed: int = _key(0, "Seed of weights, order and augmentation.", ge=0, le=2**31 - 1)
    deterministic: bool = _key(False, "Bit-identical runs, at some cost in speed.")

    _any_names = field_validator("start_from", mode="wrap")(_any_name)

    @field_validator("devices", mode="plain")
    @classmethod
    def _all_or_a_number(cls, value: Any) -> Any:
        # By hand, because pydantic would report one error for each member of the union.
        if value == "all" or (type(value) is int and 1 <= value <= MOST_DEVICES):
            return value
        raise PydanticCustomError("devices", "neither all nor a number of devices")

    @model_validator(mode="before")
    @classmethod
    def _steps_replace_default_epochs(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("steps") is not None and "epochs" not in values:
            return {**values, "epochs": None}
        return values


class OutputConfig(Section):
    """What a run writes, where and how often."""

    folder: str = _key("runs", "Folder of the runs' folders.", pattern=PATH_PATTERN)
    checkpoint_every_steps: int = _key(1000, "Steps from checkpoint to checkpoint.", ge=1, le=10**9)
    checkpoint_every_minutes: float = _key(
        30.0, "Minutes after which a checkpoint is due in any case.", gt=0, le=10**6
    )
    evaluate_every_steps: int = _key(
        0, "Steps between evaluations on fixed test pictures; 0 = off.", ge=0, le=10**9
    )
    evaluate_pictures: int = _key(32, "Pictures of each domain in an evaluation.", ge=4, le=10_000)
    evaluate_features: str = _key(
        "auto",
        "Network that judges: efficientnet-lite0, keras-inception-v3, keras-mobilenet-v3 or "
        "inception-fid:FILE; auto takes one that the run is not trained against, if it is there.",
        pattern=PATH_PATTERN,
    )
    best_metric: BestMetric | None = _key(
        "kid",
        "Score whose lowest value makes the model in best/; a mean of both directions without _ab, _ba.",
    )
    keep_checkpoints: int = _key(3, "Newest checkpoints to keep.", ge=1, le=10_000)
    sample_every_steps: int = _key(500, "Steps between sample pictures.", ge=1, le=10**9)
    log_every_steps: int = _key(50, "Steps between logged losses.", ge=1, le=10**9)
    num_samples: int = _key(4, "Pictures of each domain in a sample; 0 = none.", ge=0, le=64)


class Config(Section):
    """A whole configuration; see `cyclegan_tf.config.loading.load_config`."""

    name: str = _key("run", "Name of the run and of its folder.", pattern=NAME_PATTERN)
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    losses: LossesConfig = LossesConfig()
    distill: DistillConfig = DistillConfig()
    train: TrainConfig = TrainConfig()
    output: OutputConfig = OutputConfig()

    @property
    def generator_spec(self) -> GeneratorSpec:
        """The generator from A to B."""
        model = self.model
        return GeneratorSpec(
            model.generator,
            input_channels=self.data.channels_a,
            output_channels=self.data.channels_b,
            width=model.generator_width,
            norm_affine=model.norm_affine,
            upsampling=model.upsampling,
            norm_epsilon=model.generator_norm_epsilon,
            padding=model.generator_padding,
            downsampling=model.generator_downsampling,
        )

    @property
    def discriminator_spec(self) -> DiscriminatorSpec:
        """Both discriminators."""
        model = self.model
        return DiscriminatorSpec(
            _DISCRIMINATORS.get(model.discriminator, "n_layers"),
            width=model.discriminator_width,
            num_layers=model.discriminator_layers,
            norm_affine=model.norm_affine,
            projected=model.discriminator.startswith("projected"),
        )

    @property
    def loss_settings(self) -> LossSettings:
        """The adversarial loss, and the weights of all losses."""
        losses, masked = self.losses.model_dump(), self.data.masks_a is not None
        if losses["lambda_identity"] is None:
            # What a generator makes outside the mask is not used, so it need not learn to keep it.
            losses["lambda_identity"] = 0.0 if masked else LossSettings.lambda_identity
        return LossSettings(**losses, masked=masked)

    @property
    def student_losses(self) -> StudentLosses:
        """The weights of the losses of a student."""
        distill = self.distill
        return StudentLosses(distill.lambda_l1, distill.lambda_features, distill.lambda_adversarial)

    @property
    def preprocess(self) -> Preprocess:
        """How pictures become crops that the networks take."""
        data, generator = self.data, self.generator_spec
        return Preprocess(
            data.preprocess,
            data.load_size,
            data.crop_size,
            data.flip,
            zoom=data.zoom if data.masks_a is not None else 1.0,
            multiple_of=generator.stride,
            at_least=max(generator.smallest_size, self.discriminator_spec.smallest_size),
        )

    @model_validator(mode="after")
    def _keys_go_together(self) -> Self:
        problems = find_problems(self)
        if problems:
            text = "; ".join(problem.text for problem in problems)
            raise PydanticCustomError("combination", "{text}", {"text": text, "problems": problems})
        return self

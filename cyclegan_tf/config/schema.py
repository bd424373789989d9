"""What a configuration may say: every key with its type, range, default and meaning."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from cyclegan_tf.config.rules import PATCH_LAYERS, find_problems

# At least one character, and none that no file system can hold.
PATH_PATTERN = r"^[^\x00]+$"
NAME_PATTERN = r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$"


# What 16-bit and float pixels are mapped from: [low, high].
Range = Annotated[list[float], Field(min_length=2, max_length=2)]


def _path(description: str):
    return Field(None, pattern=PATH_PATTERN, description=description)


class Section(BaseModel):
    """Frozen and strict: no unknown key, no conversion between types, no NaN."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )


class DataConfig(Section):
    """Where the pictures are and how they become crops."""

    root: str | None = _path("Folder with trainA, trainB, testA and testB; or tfds:NAME.")
    a: str | None = _path("Pictures of domain A, instead of root/trainA: a folder or a list (.txt).")
    b: str | None = _path("Pictures of domain B, instead of root/trainB: a folder or a list (.txt).")
    test_a: str | None = _path("Test pictures of A, instead of root/testA.")
    test_b: str | None = _path("Test pictures of B, instead of root/testB.")
    masks_a: str | None = _path("Grey pictures, white where the subject is, named as those of A; folder.")
    masks_b: str | None = _path("Grey pictures, white where the subject is, named as those of B; folder.")
    channels_a: int = Field(
        3, ge=1, le=16, description="Channels of A: 1 is grey, 3 is RGB, others as in the files."
    )
    channels_b: int = Field(
        3, ge=1, le=16, description="Channels of B: 1 is grey, 3 is RGB, others as in the files."
    )
    range_a: Range | None = Field(
        None, description="What becomes black and white in 16-bit and float pictures of A; null: 0 to 65535."
    )
    range_b: Range | None = Field(
        None, description="What becomes black and white in 16-bit and float pictures of B; null: 0 to 65535."
    )
    preprocess: Literal[
        "resize_and_crop", "scale_width_and_crop", "scale_shortside_and_crop", "crop", "none"
    ] = Field("resize_and_crop", description="How a picture becomes a training crop.")
    load_size: int = Field(286, ge=16, le=8192, description="Pixels to resize to before the crop.")
    crop_size: int = Field(256, ge=16, le=4096, description="Height and width of a training crop in pixels.")
    flip: bool = Field(True, description="Mirror half of the crops, left to right.")
    cache: Literal["auto", "memory", "off"] = Field("auto", description="Keep decoded pictures in memory.")
    max_pixels: int = Field(
        100_000_000, ge=256, le=2**31 - 1, description="Refuse pictures with more pixels than this."
    )
    on_bad_image: Literal["stop", "skip"] = Field(
        "stop", description="Stop when pictures cannot be used, or skip up to 1 % of a domain."
    )


class ModelConfig(Section):
    """The architecture of both generators and both discriminators."""

    generator: Literal["resnet_9blocks", "resnet_6blocks", "unet_128", "unet_256"] = Field(
        "resnet_9blocks", description="Architecture of the generators."
    )
    generator_width: int = Field(64, ge=1, le=512, description="Channels after the first convolution.")
    discriminator: Literal["patch", "n_layers", "pixel", "projected", "projected+patch"] = Field(
        "patch",
        description="Architecture of the discriminators; patch is n_layers with 3 layers, "
        "projected judges by the features of a network that knows photographs.",
    )
    discriminator_layers: int = Field(
        PATCH_LAYERS, ge=1, le=7, description="Strided convolutions of an n_layers discriminator."
    )
    discriminator_width: int = Field(64, ge=1, le=512, description="Channels after the first convolution.")
    norm_affine: bool = Field(False, description="Learn a scale and an offset in instance normalization.")
    upsampling: Literal["transposed", "resize", "transposed_4"] = Field(
        "transposed",
        description="Transposed convolutions as in the paper, resize then convolve, or transposed "
        "convolutions of kernel 4; the last two leave no checkerboard.",
    )
    norm_epsilon: float = Field(
        1e-5, gt=0, lt=1, description="Added to the variance by the generators' instance normalization."
    )
    padding: Literal["symmetric", "same"] = Field(
        "symmetric",
        description="Of a ResNet's strided convolutions: as PyTorch pads, or as TensorFlow's same does.",
    )
    initial: str | None = _path("Model or run folder whose generators a new run starts with; or fit --init.")


class LossesConfig(Section):
    """The losses and their weights."""

    adversarial: Literal["lsgan", "vanilla", "hinge", "wgan_gp"] = Field(
        "lsgan", description="Adversarial loss; lsgan in the paper."
    )
    lambda_a: float = Field(10.0, ge=0, le=1e6, description="Weight of the cycle A to B to A.")
    lambda_b: float = Field(10.0, ge=0, le=1e6, description="Weight of the cycle B to A to B.")
    lambda_identity: float = Field(
        0.5,
        ge=0,
        le=1e6,
        description="Weight of the identity loss, as a part of lambda_a and lambda_b.",
    )
    lambda_gradient_penalty: float = Field(
        10.0, ge=0, le=1e6, description="Weight of the gradient penalty; used by wgan_gp only."
    )
    identity_every: int = Field(
        1, ge=1, le=1000, description="Compute the identity loss in every n-th step alone, n times as heavy."
    )
    lambda_projected: float = Field(
        1.0, ge=0, le=1e6, description="Weight of the projected discriminators' loss, where there are such."
    )
    lambda_background: float = Field(
        0.2,
        ge=0,
        le=1e6,
        description="Weight of changes outside the masks, as a part of lambda_a and lambda_b.",
    )


class TrainConfig(Section):
    """Length of the run and how the optimisers go through it.

    Exactly one of `epochs` and `steps` is set; giving `steps` alone makes `epochs` None.
    """

    epochs: int | None = Field(
        200,
        ge=1,
        le=1_000_000,
        description="Length of the run in passes over the data; or give steps.",
    )
    steps: int | None = Field(
        None, ge=1, le=10**9, description="Length of the run in optimiser steps; or give epochs."
    )
    batch_size: int = Field(1, ge=1, le=1024, description="Pictures of each domain in a step.")
    learning_rate: float = Field(2e-4, gt=0, le=1, description="Learning rate of Adam at the start.")
    beta_1: float = Field(0.5, ge=0, lt=1, description="Adam's decay of the mean gradient.")
    beta_2: float = Field(0.999, ge=0, lt=1, description="Adam's decay of the mean squared gradient.")
    discriminator_beta_2: float | None = Field(
        None, ge=0, lt=1, description="The same for the discriminators alone; null: beta_2."
    )
    schedule: Literal["linear", "constant", "cosine"] = Field(
        "linear", description="How the learning rate falls; linear and cosine end at 0."
    )
    decay_start: float = Field(
        0.5, ge=0, le=1, description="Part of the run before a linear schedule starts to fall."
    )
    history_size: int = Field(
        50, ge=0, le=10_000, description="Generated pictures kept to train each discriminator."
    )
    ema_decay: float = Field(
        0.999, ge=0, lt=1, description="Decay of the generators' moving average of weights; 0 = off."
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="Number format of the computation; auto takes what the machine does fast."
    )
    device: Literal["auto", "cpu", "gpu"] = Field(
        "auto", description="Where to compute; auto takes a GPU if there is one."
    )
    jit_compile: bool = Field(False, description="Compile the training step with XLA.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of weights, order and augmentation.")
    deterministic: bool = Field(False, description="Bit-identical runs, at some cost in speed.")

    @model_validator(mode="before")
    @classmethod
    def _steps_replace_default_epochs(cls, values):
        if isinstance(values, dict) and values.get("steps") is not None and "epochs" not in values:
            return {**values, "epochs": None}
        return values


class OutputConfig(Section):
    """What a run writes, where and how often."""

    folder: str = Field("runs", pattern=PATH_PATTERN, description="Folder of the runs' folders.")
    checkpoint_every_steps: int = Field(
        1000, ge=1, le=10**9, description="Steps from checkpoint to checkpoint."
    )
    checkpoint_every_minutes: float = Field(
        30.0, gt=0, le=10**6, description="Minutes after which a checkpoint is due in any case."
    )
    best_metric: (
        Literal[
            "adversarial_ab",
            "adversarial_ba",
            "cycle_a",
            "cycle_b",
            "identity_a",
            "identity_b",
            "discriminator_a",
            "discriminator_b",
        ]
        | None
    ) = Field(None, description="Also keep the checkpoint where this logged mean is lowest.")
    keep_checkpoints: int = Field(3, ge=1, le=10_000, description="Newest checkpoints to keep.")
    sample_every_steps: int = Field(500, ge=1, le=10**9, description="Steps between sample pictures.")
    log_every_steps: int = Field(50, ge=1, le=10**9, description="Steps between logged losses.")
    num_samples: int = Field(4, ge=0, le=64, description="Pictures of each domain in a sample; 0 = none.")


class Config(Section):
    """A whole configuration; see `cyclegan_tf.config.loading.load_config`."""

    name: str = Field(
        "run",
        pattern=NAME_PATTERN,
        description="Name of the run and of its folder.",
    )
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    losses: LossesConfig = LossesConfig()
    train: TrainConfig = TrainConfig()
    output: OutputConfig = OutputConfig()

    @model_validator(mode="after")
    def _keys_go_together(self):
        problems = find_problems(self)
        if problems:
            text = "; ".join(problem.text for problem in problems)
            raise PydanticCustomError("combination", "{text}", {"text": text, "problems": problems})
        return self

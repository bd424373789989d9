"""The plan of a run, computed before it starts."""

from dataclasses import asdict, dataclass
from pathlib import Path

from cyclegan_tf.config.loading import dump_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.loading import load_data
from cyclegan_tf.errors import UsageError
from cyclegan_tf.system.precision import resolve_precision
from cyclegan_tf.training.building import build_model, count_steps
from cyclegan_tf.training.cost import memory_bytes, seconds_per_step
from cyclegan_tf.training.devices import count_devices
from cyclegan_tf.training.schedules import learning_rate_schedule
from cyclegan_tf.training.warm_start import start_from

CURVE_POINTS = 11
BAR_WIDTH = 40


@dataclass(frozen=True)
class Plan:
    """A run in figures.

    Attributes:
        config: the resolved configuration as YAML.
        num_a: pictures of domain A.
        num_b: pictures of domain B.
        steps_per_epoch: steps of a pass over the larger domain.
        num_steps: steps of the run.
        learning_rates: (step counted from 1, rate) along the run, first and last step included.
        precision: number format of the computation.
        parameters: of all four networks.
        memory_bytes: estimated peak, of each device.
        seconds_per_step: estimated.
        devices: that train together.
        batch_size: pictures of each domain in a step of all devices.
    """

    config: str
    num_a: int
    num_b: int
    steps_per_epoch: int
    num_steps: int
    learning_rates: list[tuple[int, float]]
    precision: str
    parameters: int
    memory_bytes: int
    seconds_per_step: float
    devices: int = 1
    batch_size: int = 1

    def to_dict(self) -> dict:
        """Return the plan, ready for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        hours = self.num_steps * self.seconds_per_step / 3600
        epochs = self.num_steps / self.steps_per_epoch
        on_each = self.batch_size // self.devices
        return "\n".join(
            [
                self.config,
                f"pictures       {self.num_a} of A, {self.num_b} of B",
                f"steps          {self.num_steps} ({epochs:.1f} epochs of {self.steps_per_epoch})",
                f"batch          {self.batch_size} of each domain, {on_each} a device of {self.devices}",
                f"precision      {self.precision}",
                f"parameters     {self.parameters:,} in four networks",
                f"memory         about {self.memory_bytes / 2**30:.1f} GiB (estimate)",
                f"time           about {self.seconds_per_step:.2f} s a step, {hours:.1f} h in all (estimate)",
                "learning rate",
                *self._curve(),
            ]
        )

    def _curve(self) -> list[str]:
        largest = max(rate for _, rate in self.learning_rates)
        return [
            f"  step {step:>9} {rate:.2e} {'#' * round(BAR_WIDTH * rate / largest)}"
            for step, rate in self.learning_rates
        ]


def plan(config: Config, *, resume: bool = False) -> Plan:
    """Plan a run without a step of it: check the data, build the networks, measure the machine.

    Args:
        config: everything about the run.
        resume: the run continues from a checkpoint, so the model it started from is not needed.

    Raises:
        UserError: what `training.fit` would raise before its first step.
    """
    if config.distill.teacher is not None:
        raise UsageError(
            "a student's training cannot be planned",
            detail="its step is not that of a CycleGAN, whose cost is estimated",
            fix="leave --dry-run away; progress shows the time that is left",
        )
    devices = count_devices(config.train)
    data = load_data(config)
    steps_per_epoch = data.steps_per_epoch_of(devices)
    num_steps = count_steps(config, steps_per_epoch)
    height, width, _ = data.image_shape
    model = build_model(config, num_steps, (height, width))
    if config.train.start_from is not None and not resume:
        start_from(model, Path(config.train.start_from))
    networks = (model.generator_ab, model.generator_ba, *model.discriminator_networks)
    batch_size = config.train.batch_size
    return Plan(
        config=dump_config(config),
        num_a=data.num_a,
        num_b=data.num_b,
        steps_per_epoch=steps_per_epoch,
        num_steps=num_steps,
        learning_rates=_learning_rates(config, num_steps),
        precision=resolve_precision(config.train.precision),
        parameters=sum(network.count_params() for network in networks),
        memory_bytes=memory_bytes(model, batch_size, height, width),
        seconds_per_step=seconds_per_step(model, batch_size, height, width),
        devices=devices,
        batch_size=batch_size * devices,
    )


def _learning_rates(config: Config, num_steps: int) -> list[tuple[int, float]]:
    train = config.train
    schedule = learning_rate_schedule(train.schedule, train.learning_rate, num_steps, train.decay_start)
    places = {round(index * (num_steps - 1) / (CURVE_POINTS - 1)) for index in range(CURVE_POINTS)}
    return [(step + 1, float(schedule(step))) for step in sorted(places)]

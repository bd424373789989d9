"""The check of a data set, with an estimate of a run on it."""

from dataclasses import replace

from cyclegan_tf.config.schema import Config
from cyclegan_tf.data.check import Findings, report_on, suggest_preset, survey_all
from cyclegan_tf.data.report import DataReport, Estimate
from cyclegan_tf.data.survey import Finding
from cyclegan_tf.images.preprocess import resized_size
from cyclegan_tf.system.memory import available_memory_bytes
from cyclegan_tf.system.tensorflow import import_tensorflow


def check_data(config: Config, *, quick: bool = False, progress: str = "none") -> DataReport:
    """Look at every picture of a data set, without changing any, and estimate a run on it.

    Args:
        config: where the pictures are, and the run to estimate.
        quick: read headers only: damage after them and equal pictures are not found, nothing is
            estimated, and TensorFlow is not needed.
        progress: on stderr: "auto" a bar or lines, "json" lines of JSON, "none" nothing.

    Raises:
        DataError: a folder or list is missing or empty. What is wrong with pictures is in the report.
        ConfigError: A and B are the same.
        UsageError: TensorFlow Datasets is needed and not installed.
    """
    findings = survey_all(config, quick=quick, progress=progress)
    report = report_on(findings, config, is_quick=quick)
    if quick or report.errors:
        return report
    tensorflow = import_tensorflow()
    has_gpu = bool(tensorflow.config.list_physical_devices("GPU"))
    return replace(report, estimate=_estimate(findings, config), suggestion=suggest_preset(findings, has_gpu))


def _estimate(findings: Findings, config: Config) -> Estimate:
    from cyclegan_tf.training.building import build_model, count_steps
    from cyclegan_tf.training.cost import memory_bytes, seconds_per_step

    train = [[f for f in findings[part] if not f.problem] for part in ("trainA", "trainB")]
    batch_size, side = config.train.batch_size, config.data.crop_size
    num_steps = count_steps(config, -(-max(map(len, train)) // batch_size))
    size = train[0][0].size if config.data.preprocess == "none" else (side, side)
    model = build_model(config, num_steps, size)
    available = available_memory_bytes()
    return Estimate(
        num_steps,
        seconds_per_step(model, batch_size, *size),
        memory_bytes(model, batch_size, *size) + _cached_bytes(train, config, available),
        available,
    )


def _cached_bytes(train: list[list[Finding]], config: Config, available: int) -> int:
    preprocess, total = config.preprocess, 0
    for found, channels in zip(train, (config.data.channels_a, config.data.channels_b)):
        sizes = (resized_size(finding.size, preprocess) for finding in found)
        total += channels * sum(height * width for height, width in sizes)
    is_kept = config.data.cache == "memory" or (config.data.cache == "auto" and total <= available // 4)
    return total if is_kept else 0

"""CycleGAN on TensorFlow and Keras: train on unpaired pictures, translate pictures and video."""

import importlib

from cyclegan_tf.system.keras_settings import settle_keras

# Keras reads its settings once, when it is first imported.
settle_keras()

__version__ = "0.1.0"

_HOMES = {
    "CycleGAN": "cyclegan_tf.training.cyclegan",
    "LossSettings": "cyclegan_tf.networks.specs",
    "GeneratorSpec": "cyclegan_tf.networks.specs",
    "DiscriminatorSpec": "cyclegan_tf.networks.specs",
    "Translator": "cyclegan_tf.inference.translator",
    "UserError": "video.core.errors",
    "UnpairedImages": "cyclegan_tf.data.dataset",
    "EvaluateOptions": "cyclegan_tf.evaluation.evaluating",
    "check_data": "cyclegan_tf.training.check_data",
    "evaluate_model": "cyclegan_tf.evaluation.evaluating",
    "export_model": "cyclegan_tf.exporters.exporting",
    "fit": "cyclegan_tf.training.fit",
    "import_model": "cyclegan_tf.importers.importing",
    "load_config": "cyclegan_tf.config.loading",
    "translate_pictures": "cyclegan_tf.inference.pictures",
    "write_comparison": "cyclegan_tf.reports.comparison",
    "write_report": "cyclegan_tf.reports.run_report",
    "write_video_report": "cyclegan_tf.reports.video_report",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str):
    # Public names are looked up on first use, so that `cyclegan-tf --help` need not import TensorFlow.
    if name not in _HOMES:
        raise AttributeError(f"module 'cyclegan_tf' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)

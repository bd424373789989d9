"""Video: frames in, frames out.

Every frame of a clip is translated by a callable of your own. The result keeps the times, the colours and
every other stream of the clip; its frames are upright. The callable takes and returns uint8 RGB batches, so
this package knows nothing about networks:

    report = video.translate_video("in.mp4", "out.mp4", lambda frames: 255 - frames)
"""

from importlib import import_module

_WHERE = {
    "core.errors": (
        "FrameError",
        "MachineError",
        "MediaError",
        "OutputError",
        "TranslationError",
        "UsageError",
        "UserError",
    ),
    "clips": ("read_clip", "write_clip"),
    "core.options": ("Options",),
    "core.report": ("Report",),
    "evaluation": ("evaluate_video",),
    "measuring.measures": ("ClipMeasures", "Measures", "Moment", "Shot"),
    "plan": ("describe",),
    "translation": ("translate_video",),
}
_MODULE_OF = {name: module for module, names in _WHERE.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str):
    """Import a public name on its first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

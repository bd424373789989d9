"""Translation of a clip with a model folder: the model and the video package brought together."""

from pathlib import Path

import video
from cyclegan_tf.progress import progress_display
from cyclegan_tf.translate import Translator


def translate_clip(source: Path, target: Path, model_folder: Path, direction: str, **options) -> video.Report:
    """Translates a clip and shows progress on stderr.

    Args:
        source: the clip.
        target: the clip to write.
        model_folder: a model folder.
        direction: "ab" or "ba".
        **options: of `video.translate_video`.

    Raises:
        CycleGANError: if the model cannot be loaded.
        VideoError: if the clip cannot be read or written.
    """
    translator = Translator(model_folder, direction)
    shown = 0
    with progress_display("translating", None, unit="frames") as display:

        def show(done: int, total: int | None) -> None:
            nonlocal shown
            display.expect(total)
            display.advance(count=done - shown)
            shown = done

        return video.translate_video(source, target, translator, on_progress=show, **options)

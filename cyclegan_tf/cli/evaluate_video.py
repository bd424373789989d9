"""The command `evaluate-video`: how steady and how sharp a translated clip is."""

from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.clip_options import (
    DeinterlaceOption,
    EndOption,
    FpsOption,
    OnBadFrameOption,
    OnSizeChangeOption,
    OnTimeJumpOption,
    StartOption,
    VideoStreamOption,
    parse_rate,
    parse_seconds,
)
from cyclegan_tf.cli.options import JsonOption, ProgressOption
from cyclegan_tf.cli.printing import print_json
from video.core.options import Options


def evaluate_video(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The clip that was translated.")],
    result: Annotated[Path, typer.Argument(metavar="OUT", help="Its translation, of the same size.")],
    start: StartOption = None,
    end: EndOption = None,
    fps: FpsOption = None,
    video_stream: VideoStreamOption = None,
    on_bad_frame: OnBadFrameOption = "stop",
    on_size_change: OnSizeChangeOption = "stop",
    on_time_jump: OnTimeJumpOption = "auto",
    deinterlace: DeinterlaceOption = "auto",
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Measure how steady and how sharp a translated clip is, beside its input.

    Read both numbers: blur makes a clip steadier. Give the options of the part and of
    unusual sources as the translation had them.
    """
    options = Options(
        start=parse_seconds("--start", start),
        end=parse_seconds("--end", end),
        fps=parse_rate(fps),
        video_stream=video_stream,
        on_bad_frame=on_bad_frame,
        on_size_change=on_size_change,
        on_time_jump=on_time_jump,
        deinterlace=deinterlace,
    )
    import video
    from cyclegan_tf.cli.clip_texts import measures_text
    from cyclegan_tf.cli.clips import shown_frames

    with shown_frames("measuring", progress) as show:
        measures = video.evaluate_video(source, result, options, on_progress=show)
    print_json(measures.to_dict()) if as_json else typer.echo(measures_text(measures))

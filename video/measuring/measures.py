"""What is measured of a clip beside its input: plain values."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Measures:
    """Measures of a shot or of a whole clip.

    A value is None where there is nothing to measure, as between the frames of a shot that has only one.

    Attributes:
        num_frames: frames of the output that were measured.
        warping_error: mean squared difference of each frame of the output and the frame before it, moved
            along the input's motion, in squared grey levels; less is steadier.
        input_warping_error: the same of the input itself.
        warping_ratio: the first over the second; 1 is as steady as the input. Noise raises it, blur mostly
            lowers it.
        reliable_share: share of the pixels whose motion is known; the others do not count above.
        colour_flicker: how much the mean colour of the output changes from frame to frame beyond the input's
            change, in grey levels.
        input_colour_flicker: how much the input's mean colour changes from frame to frame.
        sharpness: variance of the Laplacian of the grey frames over the input's; below 1 is blurred, above
            1 is noisier or has finer detail.
    """

    num_frames: int
    warping_error: float | None
    input_warping_error: float | None
    warping_ratio: float | None
    reliable_share: float | None
    colour_flicker: float | None
    input_colour_flicker: float | None
    sharpness: float | None


@dataclass(frozen=True)
class Shot:
    """A shot and its measures.

    Attributes:
        first_frame: number of its first frame, from 0.
        start_seconds: when that is shown in the whole input, as `read_clip` tells times.
        end_seconds: when its last frame is shown.
        measures: of this shot alone.
    """

    first_frame: int
    start_seconds: float
    end_seconds: float
    measures: Measures


@dataclass(frozen=True)
class Moment:
    """A change from one frame to the next.

    Attributes:
        frame: number of the later frame, from 0.
        seconds: when that is shown in the whole input.
        warping_error: of the output, in squared grey levels, as in `Measures`.
        input_warping_error: of the input.
        colour_flicker: as in `Measures`.
    """

    frame: int
    seconds: float
    warping_error: float
    input_warping_error: float
    colour_flicker: float

    @property
    def excess(self) -> float:
        """How much the output flickers beyond the input here."""
        return self.warping_error - self.input_warping_error


@dataclass(frozen=True)
class ClipMeasures:
    """The measures of a translated clip.

    Attributes:
        source: absolute path of the input.
        result: absolute path of the output.
        size: (height, width) of the frames that were compared; sharpness is measured at this size.
        flow_size: (height, width) at which motion and warping errors were measured.
        whole: over all frames, and over all changes within shots.
        shots: in order.
        worst: where the output flickers most beyond the input, at most one in each second, worst first.
    """

    source: str
    result: str
    size: tuple[int, int]
    flow_size: tuple[int, int]
    whole: Measures
    shots: tuple[Shot, ...]
    worst: tuple[Moment, ...]

    def to_dict(self) -> dict:
        """Return the fields by name, ready for JSON."""
        sizes = {name: "{1}x{0}".format(*getattr(self, name)) for name in ("size", "flow_size")}
        shots = [{**asdict(shot), **asdict(shot.measures)} for shot in self.shots]
        for shot in shots:
            del shot["measures"]
        worst = [asdict(moment) for moment in self.worst]
        return {**asdict(self), **sizes, "whole": asdict(self.whole), "shots": shots, "worst": worst}

from video.carrying_out import Counts, Ending, RunResult
from video.pipeline.stages import StageTimes

ENDING = Ending(Counts(30, 0, 0), ())


def test_the_busiest_stage_is_the_bottleneck():
    result = RunResult(ENDING, 30, 30, 0, 4, StageTimes(10.0, {"decode": 2.0, "encode": 9.0}))
    assert result.frames_per_second == 3
    assert result.busy == {"decode": 0.2, "encode": 0.9}
    assert result.bottleneck.startswith("encode: a faster --encoder-preset")


def test_a_run_that_found_everything_finished_has_no_bottleneck():
    result = RunResult(ENDING, 0, 0, 30, 4, None)
    assert (result.frames_per_second, result.busy) == (0, {})
    assert result.bottleneck == "none: every frame was finished before"

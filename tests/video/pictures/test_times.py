from fractions import Fraction

import pytest

from video.core.options import Options
from video.pictures.sequence_survey import probe_sequence


def table(path, *rows):
    (path / "frames.csv").write_text("\n".join(["file,seconds,duration_seconds", *rows]) + "\n")


def test_a_table_of_times_is_followed(folder, read):
    path = folder("1.png", "2.png", "3.png")
    table(path, "1.png,5.000000,0.033000", "2.png,5.033000,0.300000", "3.png,5.333000,0.700000")
    source, frames = read(path)
    assert [frame.pts * source.clip.time_base for frame in frames] == [
        0,
        Fraction(33, 1000),
        Fraction(333, 1000),
    ]
    assert frames[-1].duration * source.clip.time_base == Fraction(7, 10)
    assert probe_sequence(path, Options()).warnings == ()


def test_a_table_of_a_constant_rate_is_one_exactly(folder, read):
    path = folder("1.png", "2.png", "3.png")
    table(path, "1.png,0.000000,0.033367", "2.png,0.033367,0.033366", "3.png,0.066733,0.033367")
    source, frames = read(path)
    assert source.clip.time_base == Fraction(1001, 30000)
    assert [(frame.pts, frame.duration) for frame in frames] == [(0, 1), (1, 1), (2, 1)]


@pytest.mark.parametrize(
    "rows, reason",
    [
        (["1.png,0,0.1"], "it does not name 2.png"),
        (["1.png,0,0.1", "2.png,0,0.1"], "its times do not rise"),
        (["1.png,0,0", "2.png,0.1,0.1"], "it has a duration of 0"),
        (["1.png,0,1e999999999", "2.png,1,1"], "not a number of seconds: 1e999999999"),
        (["1.png,0", "2.png,1"], "its columns are not"),
    ],
)
def test_a_table_that_does_not_fit_is_ignored_with_a_warning(folder, rows, reason):
    path = folder("1.png", "2.png")
    table(path, *rows)
    found = probe_sequence(path, Options())
    assert found.warnings[0].startswith("frames.csv was ignored: ")
    assert reason in found.warnings[0]
    assert found.clip.rate == 25

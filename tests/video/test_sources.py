from fractions import Fraction

import av
import imageio.v3 as imageio
import pytest

from video.core.options import Options
from video.probe import inspect_source, open_frames


@pytest.fixture
def inputs(make_clip, tmp_path, draw):
    """One input of every kind, five frames each."""
    pictures = list(draw(5))
    (tmp_path / "pictures").mkdir()
    for index, picture in enumerate(pictures):
        imageio.imwrite(tmp_path / "pictures" / f"{index:03d}.png", picture)
    with av.open(str(tmp_path / "in.gif"), "w") as output:
        stream = output.add_stream("gif", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "rgb8"
        for picture in pictures:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))
    return {
        "clip": make_clip(count=5),
        "animation": tmp_path / "in.gif",
        "sequence": tmp_path / "pictures",
    }


@pytest.mark.parametrize("kind", ["clip", "animation", "sequence"])
def test_every_kind_of_input_gives_frames(inputs, kind):
    source = inspect_source(inputs[kind], Options())
    assert (source.kind, source.frames_total) == (kind, 5)
    with open_frames(source, Options()) as frames:
        given = list(frames.frames(lambda index: index != 2))
    assert [frame.index for frame in given] == [0, 1, 3, 4]
    assert {frame.picture.pixels.shape for frame in given} == {(64, 96, 3)}
    assert frames.frames_read == 5


@pytest.mark.parametrize("kind", ["clip", "animation", "sequence"])
def test_every_kind_of_input_can_be_cut_and_brought_to_a_rate(inputs, kind):
    options = Options(start=0.04, end=0.12, fps=50)
    with open_frames(inspect_source(inputs[kind], options), options) as frames:
        given = list(frames.frames(lambda index: True))
    assert frames.clip.time_base == Fraction(1, 50)
    assert [frame.pts for frame in given] == list(range(given[0].pts, given[0].pts + len(given)))
    assert 1 <= len(given) <= 4

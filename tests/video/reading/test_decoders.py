import av
import numpy as np
import pytest

from video.colour.conversion import FromPicture, ToPicture
from video.core.colour_codes import LIMITED, Colour
from video.core.frames import Picture
from video.reading.decoders import decoder, decoder_for


def alpha_clip(path, encoder):
    """Four pictures whose left half is opaque and whose right half is nearly not."""
    alpha = np.full((64, 96), 255, np.uint8)
    alpha[:, 48:] = 64
    pixels = np.full((64, 96, 3), (180, 90, 40), np.uint8)
    frame = FromPicture(Colour(6, LIMITED, 6, 6), "yuva420p")(Picture(pixels, alpha))
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoder, rate=25, options={"crf": "4", "b": "1M", "auto-alt-ref": "0"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuva420p"
        # Threads of VP8 wait in a loop, which takes minutes on a busy machine.
        stream.codec_context.thread_count = 1
        for index in range(4):
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def decoded(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = decoder(stream)
        yield from (frame for packet in container.demux(stream) for frame in context.decode(packet))


@pytest.mark.parametrize("encoder, name", [("libvpx-vp9", "libvpx-vp9"), ("libvpx", "libvpx")])
def test_a_webm_with_alpha_is_decoded_with_its_alpha(tmp_path, encoder, name):
    path = alpha_clip(tmp_path / "in.webm", encoder)
    with av.open(str(path)) as container:
        assert decoder_for(container.streams.video[0]) == name
    frames = list(decoded(path))
    assert len(frames) == 4
    for frame in frames:
        picture = ToPicture(frame, "tone-map")(frame)
        assert abs(picture.alpha[:, :40].astype(int) - 255).max() <= 2
        assert abs(picture.alpha[:, 56:].astype(int) - 64).max() <= 2
        assert abs(picture.pixels[:, :40].astype(int) - (180, 90, 40)).max() <= 6


def test_frames_have_their_times_whichever_decoder_made_them(tmp_path):
    path = alpha_clip(tmp_path / "in.webm", "libvpx-vp9")
    times = [frame.pts * frame.time_base for frame in decoded(path)]
    assert [round(float(time), 3) for time in times] == [0, 0.04, 0.08, 0.12]


def test_a_clip_without_alpha_keeps_its_own_decoder(make_clip):
    path = make_clip("in.mkv", count=3)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert decoder_for(stream) is None
        assert decoder(stream) is stream.codec_context
    assert len(list(decoded(path))) == 3


def test_tags_of_the_container_reach_the_other_decoder(tmp_path):
    path = tmp_path / "in.webm"
    frame = FromPicture(Colour(1, LIMITED, 1, 1), "yuva420p")(Picture(np.zeros((64, 96, 3), np.uint8)))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx-vp9", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuva420p"
        context = stream.codec_context
        context.colorspace, context.color_range, context.color_primaries, context.color_trc = 1, 1, 1, 13
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    frame = next(decoded(path))
    assert (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc) == (1, 1, 1, 13)

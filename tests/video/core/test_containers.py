from pathlib import Path

import av
import pytest

import video
from video.core.containers import ANIMATIONS, CONTAINERS, container_for
from video.encoding.codecs import CODECS


@pytest.mark.parametrize("name, muxer", [("a.mp4", "mp4"), ("a.MOV", "mov"), ("a.b.mkv", "matroska")])
def test_a_suffix_names_a_container_in_any_case(name, muxer):
    assert container_for(Path(name)).muxer == muxer


@pytest.mark.parametrize("name", ["f/%05d.png", "shot_%d.jpg", "%3d.webp", "100%%_%04d.tiff"])
def test_a_number_in_the_name_means_a_sequence(name):
    container = container_for(Path(name))
    assert container.is_sequence and container.holds_pictures


@pytest.mark.parametrize(
    "name, kind", [("a.gif", "gif"), ("a.png", "apng"), ("a.apng", "apng"), ("a.webp", "webp")]
)
def test_a_picture_without_a_number_is_animated(name, kind):
    container = container_for(Path(name))
    assert (container.muxer, container.holds_pictures, container.is_sequence) == (kind, True, False)


@pytest.mark.parametrize("name", ["clip_%05d.mp4", "100%%d.png", "50%done.gif"])
def test_what_only_looks_like_a_number_is_a_name(name):
    assert not container_for(Path(name)).is_sequence


@pytest.mark.parametrize("name", ["a.avi", "a", "a.mp4.txt", "%05d.xyz"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(name):
    with pytest.raises(video.UsageError, match="the suffix does not name a") as caught:
        container_for(Path(name))
    assert ".webp" in caught.value.fix
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_every_codec_of_a_container_can_be_muxed_into_it(container, tmp_path):
    with av.open(str(tmp_path / "o"), "w", format=container.muxer) as output:
        supported = output.supported_codecs
    assert all(CODECS[name].encoder in supported for name in container.codecs)
    assert container.audio_encoder in supported


def test_pictures_are_made_from_segments_that_lost_nothing():
    assert {container.codecs for container in ANIMATIONS.values()} == {("ffv1",)}

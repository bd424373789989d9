import pytest

from video.reading.first_bytes import clip_family, picture_family, transport_packets, unread_family


@pytest.mark.parametrize(
    "head, family",
    [
        (b"\0\0\0\x18ftypisom", "mov"),
        (b"\0\0\0\x18ftypavif", None),
        (b"\x1aE\xdf\xa3", "matroska"),
        (b"RIFF\0\0\0\0AVI ", "avi"),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"\0\0\x01\xba", "mpeg"),
        (b"\0\0\x01\xb3", "mpegvideo"),
        (b"", None),
    ],
)
def test_a_video_is_known_by_its_signature(head, family):
    assert clip_family(head) == family


def test_a_picture_is_known_by_its_signature():
    heads = (b"GIF89a", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\xff\xd8\xff")
    assert [picture_family(head) for head in heads] == ["gif", "png", "webp", None]


@pytest.mark.parametrize(
    "before, after, skipped, expected",
    [(0, 0, 0, (0, 188)), (4, 0, 0, (4, 192)), (0, 16, 0, (0, 204)), (0, 0, 100, (88, 188))],
)
def test_the_packets_of_a_transport_stream_are_found_by_their_sync_bytes(before, after, skipped, expected):
    packet = bytes(before) + b"\x47" + bytes(187 + after)
    assert transport_packets((packet * 12)[skipped:]) == expected


def test_too_few_sync_bytes_are_a_coincidence():
    assert transport_packets((b"\x47" + bytes(187)) * 2) is None


@pytest.mark.parametrize(
    ("head", "family"),
    [
        (b"FLV\x01\x05", "flv"),
        (b"OggS\0", "ogg"),
        (b"YUV4MPEG2 W16", "yuv4mpegpipe"),
        (b"\0\0\0\1\x67\x64", "h264"),
        (b"\0\0\1\x09\xf0", "h264"),
        (b"\0\0\0\1\x40\x01", "hevc"),
        (b"\0\0\0\1\x46\x01", "hevc"),
        (b"\0\0\1\xb3", "mpegvideo"),
        (b"\0\0\1\xba", "mpeg"),
    ],
)
def test_files_of_recorders_are_known_by_their_first_bytes(head, family):
    assert clip_family(head + bytes(64)) == family


def test_a_format_that_is_not_read_is_named():
    assert unread_family(b".RMF\0\0") == "RealMedia"
    assert unread_family(b"FLV\1") is None

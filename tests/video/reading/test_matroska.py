import io

from video.reading.matroska import walk_matroska


def walked(data):
    return walk_matroska(io.BytesIO(data), len(data))


def test_the_walk_over_a_live_recording_without_sizes_ends_at_its_end(make_clip):
    data = make_clip("in.mkv", count=20, options={"live": "1"}).read_bytes()
    assert walked(data) == (len(data), True)


def test_damage_is_found_at_the_first_element_that_is_not_one(make_clip, packet_places):
    path = make_clip("in.mkv", count=20, bframes=0)
    block, _ = packet_places(path)[320]
    damaged = bytearray(path.read_bytes())
    damaged[block - 6 : block + 20] = bytes(26)
    end, is_element = walked(bytes(damaged))
    assert not is_element
    assert block - 26 <= end <= block

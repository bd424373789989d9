from video.core.ebml import children, content_at, element_at


def test_elements_are_found_at_any_depth(ebml):
    data = ebml("EC", b"1234") + ebml("1654AE6B", ebml("AE", ebml("D7", 1) + ebml("B0", 96)))
    assert element_at(data, 0) == (0xEC, 9, 13)
    assert [identifier for identifier, *_ in children(data)] == [0xEC, 0x1654AE6B]
    assert content_at(data, 0x1654AE6B, 0xAE, 0xB0) == b"\x60"
    assert content_at(data, 0x1654AE6B, 0xBA) is None

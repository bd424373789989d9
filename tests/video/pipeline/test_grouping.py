from video.pipeline.grouping import Grouping

GROUPING = Grouping(segment_frames=10, lead_frames=3)


def test_the_frames_before_a_segment_are_needed_for_it():
    needed = [index for index in range(40) if GROUPING.is_needed(index, {0, 2})]
    assert needed == [*range(7, 20), *range(27, 40)]


def test_no_group_is_needed_in_part():
    for finished in ({0}, {1}, {0, 1}, {0, 2}, {1, 3}):
        groups = {True: set(), False: set()}
        for index in range(50):
            groups[GROUPING.is_needed(index, finished)].add(GROUPING.group(index))
        assert not groups[True] & groups[False]


def test_without_frames_that_lead_in_a_segment_needs_its_own_alone():
    plain = Grouping(10)
    assert [index for index in range(30) if plain.is_needed(index, {0, 2})] == list(range(10, 20))
    assert {plain.group(index) for index in range(10)} == {(0, 0)}

import json

from video.streams.stream_plan import StreamPlan, StreamPlans, counted

COVER = StreamPlan(2, "cover", "mjpeg", None, None, "copied")
FILM = StreamPlan(3, "video", "h264", "eng", "Film", "dropped", "no room")


def test_a_plan_is_named_as_in_a_warning_and_written_as_json():
    assert str(COVER) == "cover picture in stream 2 (mjpeg)"
    assert str(FILM) == "other video stream 3 (h264, eng, Film)"
    assert json.loads(json.dumps(FILM.to_dict()))["detail"] == "no room"


def test_only_streams_that_are_not_dropped_are_carried():
    assert StreamPlans((COVER, FILM), 0).carried == {2: COVER}


def test_a_number_has_its_noun_in_singular_or_plural():
    assert (counted(1, "packet"), counted(2, "packet")) == ("1 packet", "2 packets")

import json

from video.measuring.measures import ClipMeasures, Measures, Moment, Shot


def test_the_fields_are_ready_for_json_with_sizes_as_text_and_shots_flat():
    measures = Measures(2, 3.0, 2.0, 1.5, 0.9, 0.1, 0.2, None)
    clip = ClipMeasures(
        "in",
        "out",
        (480, 854),
        (256, 456),
        measures,
        (Shot(0, 0.0, 0.5, measures),),
        (Moment(1, 0.5, 3.0, 2.0, 0.1),),
    )
    fields = json.loads(json.dumps(clip.to_dict()))
    assert (fields["size"], fields["flow_size"]) == ("854x480", "456x256")
    assert fields["whole"]["sharpness"] is None
    assert fields["shots"][0]["warping_ratio"] == 1.5
    assert fields["shots"][0]["end_seconds"] == 0.5
    assert fields["worst"][0] == {
        "frame": 1,
        "seconds": 0.5,
        "warping_error": 3.0,
        "input_warping_error": 2.0,
        "colour_flicker": 0.1,
    }

import json


def test_a_table_says_how_steady_and_how_sharp_each_shot_is(command, clip):
    result = command("evaluate-video", clip, clip)
    assert result.exit_code == 0, result.stderr
    table = [line.split() for line in result.stdout.splitlines()]
    (whole,) = (line for line in table if line[:1] == ["all"])
    assert (whole[1], whole[-1]) == ("6", "1.00")
    assert "48x32" in result.stdout
    assert "measuring 6/6" in result.stderr


def test_the_measures_as_json_have_a_schema(command, clip):
    fields = json.loads(command("evaluate-video", clip, clip, "--json").stdout)
    assert (fields["schema"], fields["size"], fields["whole"]["num_frames"]) == (1, "48x32", 6)
    assert fields["whole"]["sharpness"] == 1


def test_a_part_of_the_input_does_not_fit_the_whole(command, clip):
    result = command("evaluate-video", clip, clip, "--start", "0.2")
    assert result.exit_code == 4
    assert "do not fit" in result.stderr
    assert result.stdout == ""

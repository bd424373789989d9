import json


def test_the_report_as_json_is_nothing_but_json(command, tiny_data, tiny_options):
    result = command("check-data", tiny_data, *tiny_options, "--quick", "--json")
    report = json.loads(result.stdout)
    assert (report["schema"], report["folders"]["trainA"]["smallest"]) == (1, "40x40")


def test_progress_as_json_counts_pictures_on_stderr(command, tiny_data, tiny_options):
    result = command("check-data", tiny_data, *tiny_options, "--quick", "--progress", "json")
    last = json.loads(result.stderr.splitlines()[-1])
    assert (last["stage"], last["pictures"], last["total"]) == ("checking", 7, 7)


def test_no_progress_is_shown_when_none_is_wanted(command, tiny_data, tiny_options):
    assert command("check-data", tiny_data, *tiny_options, "--quick", "--progress", "none").stderr == ""

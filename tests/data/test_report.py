from cyclegan_tf.data.report import DataReport, FolderReport


def report_of(unusable):
    folder = FolderReport(10, 1, "64x64", "64x64", "64x64", {"RGB": 2}, {}, unusable, [], 0, 0)
    return DataReport({"trainA": folder}, [], ["one error"], [], "demo", is_quick=True)


def test_only_the_first_files_of_a_kind_are_printed_and_all_are_in_the_json():
    report = report_of({"unreadable": [(f"{number}.png", "an empty file") for number in range(8)]})
    assert "trainA: 8 unreadable" in str(report)
    assert str(report).count("an empty file") == 5
    assert "... and 3 more; --json lists all" in str(report)
    assert len(report.to_dict()["folders"]["trainA"]["unusable"]["unreadable"]) == 8


def test_a_quick_report_says_nothing_about_equal_pictures():
    lines = str(report_of({})).splitlines()
    assert lines[1].split() == ["trainA", "10", "0", "1", "64x64", "64x64", "64x64", "RGB", "2"]
    assert lines[2:] == ["error: one error", "suggested preset: demo"]

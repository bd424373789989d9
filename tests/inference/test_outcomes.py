from pathlib import Path

from cyclegan_tf.errors import DataError
from cyclegan_tf.images.kinds import Kind
from cyclegan_tf.images.opening import UnreadKind
from cyclegan_tf.inference.outcomes import Outcome, PicturesReport, shown
from cyclegan_tf.inference.pairs import Pair

GOOD = Outcome(Pair(Path("a.png"), Path("out/a.png")), (720, 1280), 0.25, ["alpha was left out"])
BAD = Outcome(Pair(Path("b.png"), Path("out/b.png")), error=DataError("cut off: b.png", detail="at byte 7"))


def test_the_table_has_those_that_failed_last():
    lines = str(PicturesReport([BAD, GOOD], Path("out/sheet.png"))).splitlines()
    assert lines == [
        "translated  a.png  out/a.png  1280x720, 0.2 s  (alpha was left out)",
        "failed      b.png  cut off: b.png; at byte 7",
        "contact sheet: out/sheet.png",
        "1 translated, 1 failed",
    ]


def test_the_fields_have_the_width_first():
    good, bad = PicturesReport([GOOD, BAD], None).to_dict()["pictures"]
    assert (good["size"], bad["size"]) == ("1280x720", None)
    assert "fix" not in good and bad["error"].startswith("error: cut off: b.png")


def test_a_name_with_a_line_break_stays_on_one_line():
    assert shown(Path("a\nb.png")) == "a\\nb.png"


def test_a_kind_that_is_not_read_is_listed_with_the_way_out():
    error = UnreadKind(Kind("HEIC", "convert it"), Path("c.heic"))
    report = PicturesReport([GOOD, Outcome(Pair(Path("c.heic"), Path("out/c.png")), error=error)], None)
    assert "failed      c.heic  HEIC is not read here: c.heic; convert it" in str(report)
    assert str(report).endswith("1 translated, 1 failed")
    assert "fix: convert it" in report.to_dict()["pictures"][1]["error"]

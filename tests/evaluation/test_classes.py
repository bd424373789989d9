import pytest

from cyclegan_tf.errors import UsageError
from cyclegan_tf.evaluation.classes import parse_classes


def test_a_class_is_given_by_name_or_by_number():
    assert parse_classes("zebra") == {340: "zebra"}
    assert parse_classes("340, Sorrel") == {340: "", 339: "Sorrel"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unicornus", "not a known subject: unicornus"),
        ("1000", "no class of this number: 1000"),
        (" , ", "no class is named"),
    ],
)
def test_what_is_no_class_is_a_usage_error(text, message):
    with pytest.raises(UsageError, match=message):
        parse_classes(text)

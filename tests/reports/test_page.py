import pytest

from cyclegan_tf.reports.page import number_text, write_page


def test_every_text_is_escaped_and_no_browser_loads_anything_from_elsewhere(tmp_path):
    bad = '</title></script><u id="bad">'
    page = write_page(
        tmp_path / "page.html",
        "comparison.html.jinja",
        title=bad,
        names=[bad],
        state_rows=[(bad, bad)],
        problems=[bad],
        score_rows=[(bad, bad, [(bad, True)])],
        last_rows=[(bad, bad)],
        difference_rows=[(bad, bad)],
        score_charts=[],
        loss_charts=[],
        training_charts=[],
        samples=[(bad, 1, bad)],
        chart_items={bad: bad},
    )
    text = page.read_text()
    assert text.count("u id=") > 10 and "<u id=" not in text
    assert "default-src 'none'; img-src data: blob:;" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), ("", "–"), (True, "yes"), (1234, "1,234"), (0.000123456, "0.0001235"), ("96x64", "96x64")],
)
def test_numbers_are_short(value, text):
    assert number_text(value) == text

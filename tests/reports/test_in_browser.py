"""Every page in a real browser: no error, charts drawn, pictures loaded, the slider moves."""

import shutil

import pytest

from cyclegan_tf.reports.comparison import write_comparison
from cyclegan_tf.reports.run_report import write_report

PICTURES = "return [...document.images].map(image => [image.alt, image.complete && image.naturalWidth > 0])"
DRAWN = "return [...document.querySelectorAll('.chart')].map(chart => chart.childElementCount > 0)"

PLOT = "Bokeh.documents[0].roots()[0].below"
AXIS = f"return {PLOT}[0].major_label_text_color"
LEGEND = f"return {PLOT}.flatMap(model => (model.items ?? []).map(item => item.label.value))"


def opened(browser, page, width=1200):
    """The page when its charts are drawn; its errors fail the test."""
    from selenium.webdriver.support.wait import WebDriverWait

    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(page.as_uri())
    is_drawn = "return document.documentElement.dataset.drawn === 'yes'"
    WebDriverWait(browser, 60).until(lambda driver: driver.execute_script(is_drawn))
    assert [entry for entry in browser.get_log("browser") if entry["level"] != "INFO"] == []
    return browser


@pytest.fixture(scope="module")
def pages(whole_run, tmp_path_factory):
    """The page of a run, and one that compares it with its copy."""
    root = tmp_path_factory.mktemp("pages") / "root"
    shutil.copytree(whole_run, root)
    runs = [root / "runs" / name for name in ("mine", "other")]
    shutil.copytree(*runs)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        return write_report(runs[0]), write_comparison(runs, root / "both.html")


def test_the_page_of_a_run_is_drawn_whole(browser, pages):
    opened(browser, pages[0])
    drawn = browser.execute_script(DRAWN)
    assert len(drawn) == 4 and all(drawn)
    pictures = browser.execute_script(PICTURES)
    assert len(pictures) == 1 + 2 * 2 * 12 + 3 + 2
    assert [alt for alt, is_loaded in pictures if not is_loaded or not alt] == []


def test_the_slider_moves_through_the_samples_by_keyboard(browser, pages):
    from selenium.webdriver.common.keys import Keys

    opened(browser, pages[0])
    sample = browser.find_element("id", "sample")
    last = sample.get_attribute("src")
    browser.find_element("id", "sample-step").send_keys(Keys.ARROW_LEFT)
    assert browser.find_element("id", "sample-output").text == "4"
    assert sample.get_attribute("src") != last
    assert sample.get_attribute("alt") == "Sample pictures after step 4"


def test_charts_change_their_colours_with_the_page(browser, pages):
    from selenium.webdriver.support.wait import WebDriverWait

    opened(browser, pages[0])
    for scheme, wanted in (("dark", "#a3a9b0"), ("light", "#5b6168")):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        # The page hears of it a moment later.
        WebDriverWait(browser, 60).until(lambda driver, wanted=wanted: driver.execute_script(AXIS) == wanted)


def test_a_phone_shows_it_without_scrolling_sideways(browser, pages):
    opened(browser, pages[0], width=380)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 380


def test_a_comparison_lays_the_curves_of_both_runs_over_each_other(browser, pages):
    opened(browser, pages[1])
    labels = [f"{name}: {way}" for name in ("mine", "other") for way in ("A to B", "B to A")]
    assert browser.execute_script(LEGEND) == labels

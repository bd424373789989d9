"""A page of HTML from a template: one file with its scripts, styles and pictures in it."""

import functools
from pathlib import Path
from typing import Any

import jinja2
from bokeh.resources import Resources

from cyclegan_tf import __version__
from video.core.files import write_atomic

_TEMPLATES = Path(__file__).parent / "templates"


def write_page(path: Path, template: str, **values: Any) -> Path:
    """Write a page, whole or not at all, in place of an earlier one.

    Args:
        path: the page.
        template: name of a file in templates/.
        values: what the template shows; every text is escaped.

    Returns:
        The path.

    Raises:
        OutputError: it cannot be written.
    """
    text = (
        _environment()
        .get_template(template)
        .render(
            **values,
            version=__version__,
            bokeh_script=_bokeh_script(),
            style=(_TEMPLATES / "page.css").read_text(),
            script=(_TEMPLATES / "page.js").read_text(),
        )
    )
    with write_atomic(path) as file:
        file.write(text.encode("utf-8", errors="replace"))
    return path


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Bokeh refers to models by their first mention, so the order of keys has to stay.
    environment.policies["json.dumps_kwargs"] = {}
    environment.filters["number"] = number_text
    return environment


@functools.cache
def _bokeh_script() -> str:
    """Return Bokeh's script, as its package brings it; a page needs no network."""
    return "\n".join(Resources(mode="inline", components=["bokeh"], log_level="error").js_raw)


def number_text(value: object) -> str:
    """Write a number of any size with four digits; anything else as it is, and nothing as a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)

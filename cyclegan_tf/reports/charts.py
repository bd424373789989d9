"""Charts of curves by Bokeh, as JSON that its script in the page draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bokeh.embed import json_item
from bokeh.models import BasicTickFormatter, ColumnDataSource, HoverTool
from bokeh.models.annotations import Legend
from bokeh.plotting import figure

from cyclegan_tf.reports.curves import Curve, Panel, thinned

HEIGHT = 260
# Okabe and Ito's colours, which people tell apart whatever colours they see, on white as on black.
COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"),
    *("#882255", "#999933", "#44aa99", "#aa4499", "#8c6d46", "#7f7f7f"),
)
DASHES = ("solid", "dashed", "dotdash", "dotted")
_SECOND_DIRECTION = ("b", "ba")
_MOST_MARKED = 40


@dataclass(frozen=True)
class Chart:
    """A chart in a page.

    Attributes:
        key: unique in the page.
        title: what is shown.
        note: a sentence about it, or "".
        summary: the curves in words, for those who do not see them.
        item: JSON for Bokeh's embed_item.
    """

    key: str
    title: str
    note: str
    summary: str
    item: Mapping[str, object]


def charts_of(panels: Sequence[Panel], prefix: str) -> list[Chart]:
    """Draw panels over their steps.

    Args:
        panels: what to draw; long curves are thinned.
        prefix: of the charts' keys, unique in the page.
    """
    return [_chart(panel, f"{prefix}-{number}") for number, panel in enumerate(panels)]


def _chart(panel: Panel, key: str) -> Chart:
    curves = [thinned(curve) for curve in panel.curves]
    is_log = panel.key.endswith("gradient_norm") and all(v > 0 for c in curves for v in c.values)
    plot = figure(
        height=HEIGHT,
        sizing_mode="stretch_width",
        y_axis_type="log" if is_log else "auto",
        x_axis_label=panel.x_label,
        # Nothing is active on its own: dragging over a chart has to scroll a phone's page.
        tools="box_zoom,pan,reset,save",
        active_drag=None,
        active_scroll=None,
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
    )
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.xaxis.formatter = BasicTickFormatter(use_scientific=False)
    are_runs = len({curve.run for curve in curves}) > 1
    drawn = [_draw(plot, curve, *_style(curve, number, are_runs)) for number, curve in enumerate(curves)]
    lines = [renderers[0] for renderers in drawn]
    tooltip = [(panel.x_label, "@x{0,0.[00]}"), ("@label", "@y{0.[0000]a}")]
    plot.add_tools(HoverTool(renderers=lines, mode="vline", tooltips=tooltip, visible=False))
    if len(curves) > 1:
        _add_legend(plot, curves, drawn)
    return Chart(key, panel.title, panel.note, _summary(panel.x_label, curves), json_item(plot))


def _style(curve: Curve, number: int, are_runs: bool) -> tuple[str, str]:
    """Return colour and dashes: of several runs the colour says which, of one run it says the direction."""
    if not are_runs:
        return COLOURS[number % len(COLOURS)], "solid"
    is_second = curve.direction in _SECOND_DIRECTION
    dash = DASHES[(2 * (curve.run // len(COLOURS)) + is_second) % len(DASHES)]
    return COLOURS[curve.run % len(COLOURS)], dash


def _draw(plot: figure, curve: Curve, colour: str, dash: str) -> list:
    source = ColumnDataSource(
        {"x": curve.steps, "y": curve.values, "label": [curve.label] * len(curve.steps)}
    )
    drawn: list = [plot.line("x", "y", source=source, color=colour, line_dash=dash, line_width=2)]
    if len(curve.steps) <= _MOST_MARKED:
        drawn.append(plot.scatter("x", "y", source=source, color=colour, size=5))
    if curve.errors:
        low, high = ([v + sign * e for v, e in zip(curve.values, curve.errors)] for sign in (-1, 1))
        drawn.append(plot.varea(x=curve.steps, y1=low, y2=high, color=colour, alpha=0.2, level="underlay"))
    return drawn


def _add_legend(plot: figure, curves: list[Curve], drawn: list[list]) -> None:
    legend = Legend(
        items=[(curve.label, renderers) for curve, renderers in zip(curves, drawn)],
        orientation="horizontal" if len(curves) <= 2 else "vertical",
        click_policy="hide",
        background_fill_color=None,
        border_line_color=None,
        margin=0,
    )
    plot.add_layout(legend, "below")
    if len(curves) > 2:
        # A line of the legend takes this much of the plot's height.
        plot.height = HEIGHT + 22 * len(curves)


def _summary(x_label: str, curves: list[Curve]) -> str:
    shown = [curve for curve in curves if curve.steps]
    if not shown:
        return "nothing to show"
    first, last = min(curve.steps[0] for curve in shown), max(curve.steps[-1] for curve in shown)
    parts = (f"{curve.label} from {curve.values[0]:.4g} to {curve.values[-1]:.4g}" for curve in shown)
    return f"{x_label} {first:g} to {last:g}: {'; '.join(parts)}"

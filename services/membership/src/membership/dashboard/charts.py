"""Charts as SVG images of their own; the page beside them has the same figures as tables."""

import sys
from collections.abc import Sequence

import pygal
from pygal.style import Style

# pygal puts an import hook for plugins into the interpreter, in a form that Python 3.12 does not call any more and
# older ones warn about at every import that fails. No plugin is used here.
sys.meta_path[:] = [hook for hook in sys.meta_path if type(hook).__module__ != "pygal"]

_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#6b6259",
    foreground_strong="#6b6259",
    foreground_subtle="#b8aea2",
    colors=("#b8452f", "#d99a3d", "#7a8f5a", "#5f7f99"),
    font_family="sans-serif",
    label_font_size=14,
    legend_font_size=14,
    value_font_size=14,
)
_PLAIN = {"style": _STYLE, "js": (), "height": 320, "width": 720, "show_legend": True}


def bars(labels: Sequence[str], values: Sequence[int], name: str) -> bytes:
    """Horizontal bars, the first on top."""
    chart = pygal.HorizontalBar(**{**_PLAIN, "show_legend": False}, print_values=True)
    chart.x_labels = list(reversed(labels))
    chart.add(name, list(reversed(values)))
    return bytes(chart.render(is_unicode=False))


def lines(labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> bytes:
    chart = pygal.Line(**_PLAIN, legend_at_bottom=True, range=None, x_label_rotation=35)
    chart.x_labels = list(labels)
    for name, values in series:
        chart.add(name, list(values))
    return bytes(chart.render(is_unicode=False))

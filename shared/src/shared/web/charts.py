"""Charts as SVG images of their own, in colours that read on light and on dark paper.

They are answers, not parts of a page: pygal writes its styles into the image, which the policy of pages forbids. The
page beside a chart has the same figures as a table (``kit/chart.html``).
"""

import sys
from collections.abc import Sequence
from decimal import Decimal
from unicodedata import east_asian_width

import pygal
from flask import Response
from pygal.style import Style

# pygal puts an import hook for plugins into the interpreter, in a form that Python 3.12 does not call any more and
# older ones warn about at every import that fails. No plugin is used here.
sys.meta_path[:] = [hook for hook in sys.meta_path if type(hook).__module__ != "pygal"]

Value = int | float | Decimal | None
_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#867b6e",
    foreground_strong="#867b6e",
    foreground_subtle="#b8aea2",
    guide_stroke_color="#d5cabb",
    major_guide_stroke_color="#d5cabb",
    guide_stroke_dasharray="2,4",
    major_guide_stroke_dasharray="2,4",
    opacity=".95",
    value_colors=("#ffffff",),
    colors=("#b8452f", "#d99a3d", "#7a8f5a", "#5f7f99"),
    font_family="sans-serif",
    label_font_size=14,
    legend_font_size=14,
    value_font_size=14,
)
_PLAIN = {"style": _STYLE, "js": (), "height": 320, "width": 720, "show_legend": True}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def bars(labels: Sequence[str], values: Sequence[Value], name: str) -> bytes:
    """Horizontal bars, the first on top."""
    height = max(140, 60 + 34 * len(labels))
    plain = {**_PLAIN, "show_legend": False, "height": height, "margin_left": 20 + _wider(labels)}
    chart = pygal.HorizontalBar(**plain, print_values=True, rounded_bars=3)
    chart.x_labels = list(reversed(labels))
    chart.add(name, list(reversed(values)))
    return bytes(chart.render(is_unicode=False))


def _wider(labels: Sequence[str]) -> int:
    """Pixels by which the widest label is wider than pygal takes it for: it counts characters, and hanzi are square."""
    return max((sum(7 for one in label if east_asian_width(one) in "WF") for label in labels), default=0)


def columns(labels: Sequence[str], series: Sequence[tuple[str, Sequence[Value]]]) -> bytes:
    """Upright columns, beside each other for each label."""
    chart = pygal.Bar(**{**_PLAIN, "show_legend": len(series) > 1}, legend_at_bottom=True)
    chart.x_labels = list(labels)
    for name, values in series:
        chart.add(name, list(values))
    return bytes(chart.render(is_unicode=False))


def pyramid(labels: Sequence[str], left: tuple[str, Sequence[int]], right: tuple[str, Sequence[int]]) -> bytes:
    """Two series back to back, the first label at the bottom."""
    chart = pygal.Pyramid(
        **{**_PLAIN, "margin_left": 20 + _wider(labels)}, legend_at_bottom=True, human_readable=True, print_values=True
    )
    chart.x_labels = list(labels)
    for name, values in (left, right):
        chart.add(name, list(values))
    return bytes(chart.render(is_unicode=False))


def lines(labels: Sequence[str], series: Sequence[tuple[str, Sequence[Value]]]) -> bytes:
    chart = pygal.Line(**_PLAIN, legend_at_bottom=True, range=None, x_label_rotation=35)
    chart.x_labels = list(labels)
    for name, values in series:
        chart.add(name, list(values))
    return bytes(chart.render(is_unicode=False))


def chart_answer(content: bytes) -> Response:
    """The image with a policy of its own, as its styles are inside it."""
    return Response(content, mimetype="image/svg+xml", headers={"Content-Security-Policy": POLICY})

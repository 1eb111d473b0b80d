"""The report as a picture: for each measure a row of bars, one a month, on a scale of its own."""

from html import escape
from pathlib import Path

from period_report.figures import MEASURES, Report
from period_report.table import cell
from period_report.words import MEASURE_NAMES, TITLE, words

LEFT, COLUMN, ROW, BAR = 230, 72, 84, 46
"""Pixels: the names' width, a month's width, a measure's height, the longest bar."""
STYLE = """
text { font: 13px "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; fill: #222 }
.title { font-size: 18px; font-weight: bold } .value, .month { font-size: 11px; text-anchor: middle }
.up { fill: #b3261e } .down { fill: #888 } line { stroke: #ccc }
"""


def draw(months: list[Report], language: str, path: Path) -> None:
    """Write an SVG of plain shapes and text, which may stand in any page."""
    width, height = LEFT + COLUMN * len(months) + 20, 60 + ROW * len(MEASURES) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text class="title" x="20" y="36">{escape(words(TITLE, language))}</text>',
    ]
    for row, measure in enumerate(MEASURES):
        parts += _row(months, measure, words(MEASURE_NAMES[measure], language), 60 + ROW * (row + 1), width)
    for column, month in enumerate(months):
        parts.append(f'<text class="month" x="{_middle(column)}" y="{height - 12}">{month.period.first:%Y-%m}</text>')
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")


def _row(months: list[Report], measure: str, name: str, base: int, width: int) -> list[str]:
    """Bars stand on ``base``; what is less than nothing (money came back) is a grey bar with its sign."""
    values = [float(getattr(month.totals, measure)) for month in months]
    most = max((abs(value) for value in values), default=0) or 1
    parts = [
        f'<text x="20" y="{base - 4}">{escape(name)}</text>',
        f'<line x1="20" x2="{width - 20}" y1="{base}" y2="{base}"/>',
    ]
    for column, (month, value) in enumerate(zip(months, values, strict=True)):
        tall = round(abs(value) / most * BAR, 1)
        middle, kind = _middle(column), "up" if value > 0 else "down"
        parts.append(f'<rect class="{kind}" x="{middle - 18}" y="{base - tall}" width="36" height="{tall}"/>')
        parts.append(f'<text class="value" x="{middle}" y="{base - tall - 4}">{cell(month.totals, measure)}</text>')
    return parts


def _middle(column: int) -> int:
    return LEFT + COLUMN * column + COLUMN // 2

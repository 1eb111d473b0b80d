"""The report as a table for a terminal."""

import unicodedata

from period_report.figures import MEASURES, Figures, Report
from period_report.periods import CENTRE
from period_report.words import BODY_NAMES, LANGUAGES, MEASURE_NAMES, TITLE, words


def as_table(report: Report, language: str) -> str:
    """Measures down, bodies across; headings in ``zh``, ``en`` or ``both``."""
    columns = (*report.bodies, report.totals)
    rows = [["", *(BODY_NAMES[one.body][position] for one in columns)] for position in LANGUAGES[language]]
    rows += [[words(MEASURE_NAMES[name], language), *(cell(one, name) for one in columns)] for name in MEASURES]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    period = report.period
    lines = [f"{words(TITLE, language)}  {period.first} – {period.last}  ({CENTRE.key})", ""]
    for row in rows:
        first = row[0] + " " * (widths[0] - _width(row[0]))
        rest = [" " * (width - _width(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([first, *rest]).rstrip())
    if report.missing or report.put_aside:
        lines += ["", f"! {report.missing} waiting for a snapshot, {report.put_aside} put aside: see the README"]
    return "\n".join(lines)


def cell(figures: Figures, measure: str) -> str:
    """A figure as people write it."""
    value = getattr(figures, measure)
    return f"{value:,.2f}" if measure == "amount_paid" else f"{value:,}"


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)

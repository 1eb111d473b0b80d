"""The report of a period as a CSV file: numbers alone, nothing that a spreadsheet would run."""

import csv
import io

from flask_babel import gettext

from shared.money import yuan_text
from shared.web.wording import body_name
from welfare.report.queries import Figures, PeriodReport


def as_csv(report: PeriodReport) -> str:
    """A line for each body and one for all of them together, with headings in the reader's language."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        (
            gettext("From"),
            gettext("To, this day included"),
            gettext("Body"),
            gettext("Talks received"),
            gettext("Disputes settled"),
            gettext("Disputes not settled"),
            gettext("Families visited"),
            gettext("Families helped"),
            gettext("Paid out"),
        )
    )
    for figures in (*report.bodies, report.totals):
        writer.writerow((report.first, report.last, *_cells(figures)))
    return out.getvalue()


def _cells(figures: Figures) -> tuple[str | int, ...]:
    return (
        body_name(figures.body) if figures.body else gettext("Together"),
        figures.talks_received,
        figures.disputes_settled,
        figures.disputes_unsettled,
        figures.families_visited,
        figures.families_helped,
        yuan_text(figures.amount_paid),
    )

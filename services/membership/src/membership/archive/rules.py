"""How long papers are kept, lent, and disposed of. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from membership.development.months import add_months
from shared.refusal import Reason
from shared.texts import N_

RETENTION: Mapping[str, tuple[str, int | None]] = {
    "permanent": (N_("For ever"), None),
    "years-30": (N_("30 years"), 30),
    "years-10": (N_("10 years"), 10),
}
"""How long a paper is kept: its name, and its years (None: for ever)."""
STATES: Mapping[str, tuple[str, str]] = {
    "kept": (N_("In its place"), "good"),
    "lent": (N_("Lent"), "info"),
    "overdue": (N_("Overdue"), "bad"),
    "ended": (N_("Retention has ended"), "warn"),
    "proposed": (N_("Disposal proposed"), "warn"),
    "disposed": (N_("Disposed of"), "neutral"),
}


@dataclass(frozen=True)
class PaperData:
    """What is entered about a paper or a bundle."""

    organisation_id: UUID
    title: str
    dated_on: date
    place: str
    retention: str


def keep_until(dated_on: date, retention: str) -> date | None:
    """The last day of its retention: full years after the end of the year in which it was made."""
    years = RETENTION[retention][1]
    return None if years is None else add_months(date(dated_on.year, 12, 31), 12 * years)


def paper_reasons(data: PaperData, today: date) -> list[Reason]:
    reasons = []
    if not data.title.strip() or len(data.title) > 200:
        reasons.append(Reason("title-length", N_("A title has 1 to 200 characters."), "title"))
    if not data.place.strip() or len(data.place) > 120:
        reasons.append(Reason("place-length", N_("Say where it stands, in 1 to 120 characters."), "place"))
    if data.dated_on > today:
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "dated_on"))
    if data.retention not in RETENTION:
        reasons.append(Reason("retention-unknown", N_("There is no such retention."), "retention"))
    return reasons


def lending_reasons(lent_on: date, due_on: date, today: date) -> list[Reason]:
    reasons = []
    if lent_on > today:
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "lent_on"))
    if due_on < lent_on:
        reasons.append(Reason("due-before", N_("It is due back on the day of lending or later."), "due_on"))
    return reasons


def disposal_reasons(until: date | None, lent: bool, today: date) -> list[Reason]:
    """Only what was kept long enough, and stands in its place, is disposed of."""
    reasons = []
    if until is None:
        reasons.append(Reason("kept-for-ever", N_("This paper is kept for ever.")))
    elif until >= today:
        text = N_("This paper is kept until %(day)s.")
        reasons.append(Reason("retention-goes-on", text, None, {"day": until}))
    if lent:
        reasons.append(Reason("lent", N_("This paper is lent; it comes back first.")))
    return reasons

"""Rules of floating members. Pure."""

from dataclasses import dataclass
from datetime import date

from membership.development.months import add_months
from shared.refusal import Reason
from shared.texts import N_


def stay_reasons(started_on: date, expected_until: date, today: date, least_months: int) -> list[Reason]:
    """Who is away for less than ``least_months`` stays with the own branch without being registered elsewhere."""
    reasons = []
    if started_on > today:
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "started_on"))
    if expected_until < add_months(started_on, least_months):
        text = N_("A floating member is away for %(months)s months or more, which is until %(day)s at least.")
        facts = {"months": least_months, "day": add_months(started_on, least_months)}
        reasons.append(Reason("too-short", text, "expected_until", facts))
    return reasons


@dataclass(frozen=True)
class StatementData:
    """What a host elsewhere wrote: from ``first_on`` to ``last_on``, both included, so many meetings were attended."""

    first_on: date
    last_on: date
    received_on: date
    attended: int
    place: str
    note: str = ""


def statement_reasons(data: StatementData, started_on: date, ended_on: date | None, today: date) -> list[Reason]:
    """A statement speaks of days of the stay, and came when they were over."""
    reasons = []
    if not started_on <= data.first_on <= data.last_on or (ended_on is not None and data.last_on > ended_on):
        reasons.append(Reason("days-wrong", N_("These days do not lie within the stay."), "last_on"))
    if not data.last_on <= data.received_on <= today:
        text = N_("It was received after its last day, and not later than today.")
        reasons.append(Reason("received-wrong", text, "received_on"))
    if data.attended < 0:
        reasons.append(Reason("attended-negative", N_("No count is less than zero."), "attended"))
    if not 1 <= len(data.place.strip()) <= 120:
        text = N_("Say in 1 to 120 characters who sent it, or where it is kept.")
        reasons.append(Reason("place-length", text, "place"))
    if len(data.note) > 300:
        reasons.append(Reason("note-length", N_("A note has at most 300 characters."), "note"))
    return reasons

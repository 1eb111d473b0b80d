"""Rules of floating members. Pure."""

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

"""Rules of floating members. Pure."""

from datetime import date

from membership.development.months import add_months
from shared.refusal import Reason
from shared.texts import N_

SHORTEST_MONTHS = 6
"""Who is away for less stays with the own branch without being registered elsewhere."""


def stay_reasons(started_on: date, expected_until: date, today: date) -> list[Reason]:
    reasons = []
    if started_on > today:
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "started_on"))
    if expected_until < add_months(started_on, SHORTEST_MONTHS):
        text = N_("A floating member is away for six months or more, which is until %(day)s at least.")
        facts = {"day": add_months(started_on, SHORTEST_MONTHS)}
        reasons.append(Reason("too-short", text, "expected_until", facts))
    return reasons

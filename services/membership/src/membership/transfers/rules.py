"""Rules of transfers: what can be transferred, until when a letter holds, and on which day it takes effect. Pure."""

from datetime import date

from membership.development.months import add_months
from shared.refusal import Reason
from shared.texts import N_

ROLES = ("member", "probationary-member", "activist")


def valid_until(requested_on: date, months: int) -> date:
    """The last day of a letter that holds for so many months."""
    return add_months(requested_on, months)


def acceptance_reasons(requested_on: date, until: date, held_since: date | None, on: date, today: date) -> list[Reason]:
    """What stands against accepting on that day; ``held_since`` is when the role that moves began (None: elsewhere)."""
    reasons = []
    if on > today:
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "accepted_on"))
    if on < requested_on:
        text = N_("The transfer was requested on %(day)s; it cannot be accepted before.")
        reasons.append(Reason("before-request", text, "accepted_on", {"day": requested_on}))
    if on > until:
        text = N_("The letter held until %(day)s: return it and ask for a new one.")
        reasons.append(Reason("letter-expired", text, "accepted_on", {"day": until}))
    if held_since is not None and on <= held_since:
        text = N_("The role in the old branch began on %(day)s only.")
        reasons.append(Reason("before-role", text, "accepted_on", {"day": held_since}))
    return reasons

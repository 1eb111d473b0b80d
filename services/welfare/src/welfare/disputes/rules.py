"""What a dispute needs before it can end, and which dates fit together. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from shared.refusal import Reason
from shared.texts import N_

KINDS = ("wages", "work", "family", "neighbours", "other")
STATES = ("open", "settled", "unsettled")


def opened(person_ids: Sequence[Any], opened_on: date, today: date) -> list[Reason]:
    reasons = []
    if not person_ids:
        reasons.append(Reason("nobody-named", N_("Name at least one person."), "person_ids"))
    return [*reasons, *not_ahead(opened_on, today, "opened_on")]


def still_open(state: str) -> list[Reason]:
    if state == "open":
        return []
    return [Reason("dispute-closed", N_("This dispute is %(state)s already."), None, {"state": state})]


def session_held(held_on: date, opened_on: date, today: date) -> list[Reason]:
    return [*not_before(held_on, opened_on, "held_on"), *not_ahead(held_on, today, "held_on")]


def closed(closed_on: date, opened_on: date, today: date, sessions: int) -> list[Reason]:
    """A dispute ends after at least one mediation session."""
    reasons = [*not_before(closed_on, opened_on, "closed_on"), *not_ahead(closed_on, today, "closed_on")]
    if sessions == 0:
        reasons.append(Reason("not-mediated", N_("Write down at least one mediation session first."), None))
    return reasons


def not_ahead(day: date, today: date, field: str) -> list[Reason]:
    if day <= today:
        return []
    return [Reason("in-the-future", N_("This day has not come yet."), field, {"today": today})]


def not_before(day: date, opened_on: date, field: str) -> list[Reason]:
    if day >= opened_on:
        return []
    return [Reason("before-it-opened", N_("This is before the dispute was opened."), field, {"opened_on": opened_on})]

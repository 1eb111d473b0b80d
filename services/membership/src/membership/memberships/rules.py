"""Rules of memberships: which roles a kind of organisation has, and what a period is. Pure."""

from datetime import date

from membership.organisations.kinds import Kind
from shared.refusal import Reason
from shared.texts import N_

_EARLIEST = date(1921, 7, 1)
STAGE_ROLES = ("activist", "probationary-member")
"""Roles that tell how far somebody is on the way into the Party; no other body learns of them."""
CARE_ROLE = "served"
"""The role of who is cared for at a station: a sign of hardship, told only to who sees the whole record."""
JOINING_ROLES = ("member", "employee", "volunteer", "staff")
"""The roles by which somebody simply belongs to an organisation, the first that its kind has."""


def start_reasons(kind: Kind, active: bool, role: str, start_on: date, end_on: date | None) -> list[Reason]:
    """Every rule that such a membership breaks in an organisation of this kind."""
    reasons = []
    if role not in kind.roles:
        text = N_("This kind of organisation has no such role.")
        reasons.append(Reason("role-not-of-this-kind", text, "role", {"allowed": list(kind.roles)}))
    if not active:
        reasons.append(Reason("organisation-closed", N_("That organisation is closed."), "organisation_id"))
    if start_on < _EARLIEST:
        reasons.append(Reason("start-too-early", N_("No membership began before 1 July 1921."), "start_on"))
    return reasons + period_reasons(start_on, end_on)


def period_reasons(start_on: date, end_on: date | None) -> list[Reason]:
    """A membership holds for one day at least."""
    if end_on is None or end_on > start_on:
        return []
    return [Reason("ends-before-it-starts", N_("A membership ends after the day it started."), "end_on")]


def joining_role(kind: Kind) -> str | None:
    """The role of somebody who simply belongs to such an organisation; None where people hold offices only."""
    return next((role for role in JOINING_ROLES if role in kind.roles), None)

"""Rules of the desk: who can be checked in, and from when."""

from datetime import datetime, timedelta

from shared.refusal import Refused
from shared.texts import N_

DOORS_OPEN = timedelta(hours=1)
"""How long before a session people may be checked in."""


def check_markable(registration_state: str, activity_state: str, starts_at: datetime, now: datetime) -> None:
    """Only who has a place is checked in, and not before the doors open."""
    if activity_state not in ("published", "completed"):
        raise Refused("activity-not-held", N_("This activity does not take place."))
    if registration_state != "confirmed":
        raise Refused("no-place", N_("Only people who have a place are checked in."), field="registration_id")
    if now < starts_at - DOORS_OPEN:
        text = N_("Check-in opens at %(opens_at)s.")
        raise Refused("check-in-not-open", text, opens_at=starts_at - DOORS_OPEN)


def minutes_of(starts_at: datetime, ends_at: datetime, present: bool) -> int:
    """Whole minutes of a session for who was present; check-out is not noted, so the whole session counts."""
    return int((ends_at - starts_at).total_seconds() // 60) if present else 0

"""When somebody is reminded. Pure."""

from datetime import datetime, timedelta

from shared.refusal import Reason
from shared.texts import N_

KINDS = ("activities.registration", "facilities.booking", "facilities.duty", "welfare.talk")
"""What people can be reminded of: what the reactions follow."""
SHORTEST, LONGEST = 5, 43200
"""Minutes."""


def event_type_of(kind: str) -> str:
    """What stands in place of an event's type where a message is a reminder."""
    return f"{kind}.reminder"


def is_reminder(event_type: str) -> bool:
    return event_type.endswith(".reminder")


def why_left_out(starts_at: datetime, before: timedelta, told_at: datetime | None, apart: timedelta) -> str | None:
    """Why nobody is reminded although it is time, or None.

    Whoever was told of the time after the reminder was due, or so shortly before that it says nothing new, gets none.
    Where the timer comes late it is made at once, as long as the subject has not begun.
    """
    return "told-just-now" if told_at is not None and told_at + apart > starts_at - before else None


def check_reminder(minutes_before: int, apart_minutes: int) -> list[Reason]:
    """Every reason not to save a rule with these times."""
    reasons = []
    if not SHORTEST <= minutes_before <= LONGEST:
        reasons.append(Reason("minutes-before", N_("From 5 minutes to 30 days."), "minutes_before"))
    if not 0 <= apart_minutes <= LONGEST:
        reasons.append(Reason("apart-minutes", N_("At most 30 days."), "apart_minutes"))
    return reasons

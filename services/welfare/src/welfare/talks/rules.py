"""When a talk may be arranged, moved, cancelled and written down. Pure: times are passed in."""

from datetime import datetime, timedelta

from shared.refusal import Reason
from shared.texts import N_

ROOM = "heart-to-heart"
LONGEST = timedelta(hours=4)
OPEN = ("requested", "unplaced", "scheduled")
STATES = (*OPEN, "held", "cancelled")
OUTCOMES = ("settled", "advised", "referred", "follow-up")


def times(starts_at: datetime, ends_at: datetime) -> list[Reason]:
    """What is wrong with a talk's length, whenever it takes place."""
    if ends_at <= starts_at:
        return [Reason("ends-before-it-starts", N_("A talk ends after it begins."), "ends_at")]
    if ends_at - starts_at > LONGEST:
        return [
            Reason(
                "too-long", N_("A talk lasts at most %(hours)s hours."), "ends_at", {"hours": LONGEST.seconds // 3600}
            )
        ]
    return []


def arranged(starts_at: datetime, ends_at: datetime, now: datetime) -> list[Reason]:
    """What is wrong with the time of an appointment."""
    reasons = times(starts_at, ends_at)
    if starts_at <= now:
        reasons.append(Reason("in-the-past", N_("An appointment lies in the future."), "starts_at"))
    return reasons


def took_place(starts_at: datetime, ends_at: datetime, now: datetime) -> list[Reason]:
    """What is wrong with the time of a talk that is said to have been held."""
    reasons = times(starts_at, ends_at)
    if starts_at > now:
        reasons.append(Reason("not-yet", N_("This talk has not begun yet."), "starts_at"))
    return reasons


def still_open(state: str) -> list[Reason]:
    """Only a talk that lies ahead can be moved, cancelled or held."""
    if state in OPEN:
        return []
    return [Reason("talk-closed", N_("This talk is %(state)s already."), None, {"state": state})]


def receives(officer_allowed: bool) -> list[Reason]:
    if officer_allowed:
        return []
    return [Reason("officer-not-of-body", N_("Who receives has to be an officer of this body."), "officer_id")]

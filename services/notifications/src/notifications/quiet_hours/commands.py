"""Setting the hours of a category."""

from datetime import time

from notifications.preferences.rules import CATEGORIES
from notifications.quiet_hours.models import SendingHours
from notifications.quiet_hours.rules import check_hours
from shared.database import UnitOfWork
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Refused, Stale


def set_hours(
    work: UnitOfWork,
    category: str,
    *,
    version: int,
    workday: tuple[time | None, time | None],
    day_off: tuple[time | None, time | None] | None,
) -> SendingHours:
    """From now on messages of this category are sent at these hours; `day_off` None: not on days off.

    What already waits comes when it was to come. `version` is 0 where the category had the hours of the installation.
    Forbidden without the role of a manager of all bodies, Stale when somebody changed it in between.
    """
    row = _locked(work, category, version)
    reasons = check_hours(workday, day_off)
    if reasons:
        raise Refused.many(reasons)
    if row is None:
        row = SendingHours(category=category, version=0)
        work.session.add(row)
    row.workday_from, row.workday_until = _text(workday[0]), _text(workday[1])
    row.day_off_from, row.day_off_until = (_text(day_off[0]), _text(day_off[1])) if day_off else (None, None)
    row.version, row.changed_at = version + 1, work.now
    work.audit("sending-hours-set", f"sending-hours/{category}", workday=[row.workday_from, row.workday_until],
               day_off=[row.day_off_from, row.day_off_until])  # fmt: skip
    work.session.flush()
    return row


def unset_hours(work: UnitOfWork, category: str, *, version: int) -> None:
    """The category has the hours of the installation again."""
    row = _locked(work, category, version)
    if row is not None:
        work.session.delete(row)
        work.audit("sending-hours-unset", f"sending-hours/{category}")


def _locked(work: UnitOfWork, category: str, version: int) -> SendingHours | None:
    work.actor.demand("manager", ALL_BODIES)
    if category not in CATEGORIES:
        raise NotFound("category")
    row: SendingHours | None = work.lock(SendingHours, category)
    known = row.version if row is not None else 0
    if known != version:
        raise Stale(known)
    return row


def _text(moment: time | None) -> str:
    assert moment is not None  # checked before
    return f"{moment:%H:%M}"

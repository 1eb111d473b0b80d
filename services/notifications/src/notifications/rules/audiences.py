"""Whom a rule tells of an event."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.audiences.queries import members, on_duty, on_shift
from notifications.messages.announcements import Announcement
from notifications.rules.models import Rule, StaffSubscription
from shared.database import UnitOfWork
from shared.principal import ALL_BODIES
from shared.staff.models import Account

AUDIENCES = ("person", "members", "staff", "shift", "on-duty")


def whom_to_tell(work: UnitOfWork, rule: Rule, announcement: Announcement) -> Sequence[UUID]:
    """The people to be told, each once."""
    if rule.audience == "staff":
        return subscribers(work.session, announcement.event_type, announcement.body)
    if rule.audience == "members":
        organisation = _organisation(rule, announcement)
        return members(work.session, [organisation], work.now.date()) if organisation is not None else ()
    if rule.audience == "shift":
        shift = announcement.event.data.get("shift_id")
        return on_shift(work.session, shift) if shift is not None else ()
    if rule.audience == "on-duty":
        begins = announcement.starts_at if announcement.body != ALL_BODIES else None
        return on_duty(work.session, begins) if begins is not None else ()
    return announcement.people


def list_of(rule: Rule, announcement: Announcement) -> dict[str, Any] | None:
    """The list that these people stand on, as that of a broadcast: who leaves it before it was sent gets nothing."""
    if rule.audience == "members" and (organisation := _organisation(rule, announcement)) is not None:
        return {"kind": "organisation", "organisation_id": str(organisation), "below": False}
    shift = announcement.event.data.get("shift_id")
    return {"kind": "shift", "shift_id": str(shift)} if rule.audience == "shift" and shift is not None else None


def _organisation(rule: Rule, announcement: Announcement) -> UUID | None:
    return rule.organisation_id or announcement.event.data.get("organisation_id")


def subscribers(session: Session, event_type: str, body: str | None) -> list[UUID]:
    """The people behind the active accounts that subscribed to this kind of event and may see what this body owns."""
    accounts = session.scalars(
        select(Account)
        .join(StaffSubscription, StaffSubscription.account_id == Account.id)
        .where(StaffSubscription.event_type == event_type, Account.active, Account.person_id.is_not(None))
        .order_by(Account.id)
    ).all()
    people = [one.person_id for one in accounts if one.person_id and one.principal().allows("viewer", body)]
    return list(dict.fromkeys(people))

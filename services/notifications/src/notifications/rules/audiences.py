"""Whom a rule tells of an event."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.audiences.queries import members
from notifications.messages.announcements import Announcement
from notifications.rules.models import Rule, StaffSubscription
from shared.database import UnitOfWork
from shared.staff.models import Account

AUDIENCES = ("person", "members", "staff")


def whom_to_tell(work: UnitOfWork, rule: Rule, announcement: Announcement) -> Sequence[UUID]:
    """The people to be told, each once."""
    if rule.audience == "staff":
        return subscribers(work.session, announcement.event_type, announcement.body)
    if rule.audience == "members":
        organisation = rule.organisation_id or announcement.event.data.get("organisation_id")
        return members(work.session, [organisation], work.now.date()) if organisation is not None else ()
    return announcement.people


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

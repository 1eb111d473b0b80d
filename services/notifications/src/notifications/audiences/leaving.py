"""Somebody belongs to an audience no more: what a broadcast had for them and nobody has begun to send is not sent."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from notifications.audiences.models import KnownMembership, KnownRegistration
from notifications.audiences.queries import HAS_PLACE, HAS_PLACE_OR_WAITS, with_those_below
from notifications.broadcasts.models import Broadcast, Recipient
from notifications.contacts.models import Contact
from notifications.messages.models import Message, Notice
from notifications.messages.superseding import end
from shared.database import UnitOfWork

NOT_ADDRESSED = "not-addressed-any-more"


def leave_audiences(work: UnitOfWork, person_id: UUID) -> None:
    """Called after a membership or a registration of the person ended. Guardians of a child are written to about it."""
    today = work.now.date()
    not_begun = or_(Message.state == "pending", and_(Message.state == "sending", Message.on_wire.is_(False)))
    rows = work.session.execute(
        select(Message, Broadcast)
        .join(Notice, Message.notice_id == Notice.id)
        .join(Broadcast, Broadcast.id == Notice.event_id)
        .where(Message.person_id.in_(_written_to(work.session, person_id)), Notice.about_id == person_id, not_begun)
        .order_by(Message.id)
        .with_for_update(of=Message)
    ).all()
    for message, broadcast in rows:
        if not belongs(work.session, broadcast.audience, person_id, today):
            end(work, message, NOT_ADDRESSED)
    not_made = work.session.execute(
        select(Recipient, Broadcast)
        .join(Broadcast, Broadcast.id == Recipient.broadcast_id)
        .where(
            Recipient.about_id == person_id,
            Recipient.made_at.is_(None),
            Recipient.left_out.is_(None),
            Broadcast.state == "running",
        )
    ).all()
    for recipient, broadcast in not_made:
        if not belongs(work.session, broadcast.audience, person_id, today):
            recipient.left_out = NOT_ADDRESSED
    work.session.flush()


def _written_to(session: Session, person_id: UUID) -> list[UUID]:
    contact = session.get(Contact, person_id)
    guardians = contact.guardians if contact is not None else None
    return [person_id, *(UUID(guardian) for guardian in guardians or ())]


def belongs(session: Session, audience: dict[str, Any], person_id: UUID, today: date) -> bool:
    """Whether a person belongs to the audience of a broadcast today; who was named by name always does."""
    if audience["kind"] == "organisation":
        organisation = UUID(audience["organisation_id"])
        wanted = with_those_below(session, organisation) if audience["below"] else {organisation}
        found = exists().where(
            KnownMembership.person_id == person_id,
            KnownMembership.organisation_id.in_(wanted),
            or_(KnownMembership.end_on.is_(None), KnownMembership.end_on > today),
        )
    elif audience["kind"] == "activity":
        states = HAS_PLACE_OR_WAITS if audience["waiting"] else HAS_PLACE
        found = exists().where(
            KnownRegistration.person_id == person_id,
            KnownRegistration.activity_id == UUID(audience["activity_id"]),
            KnownRegistration.state.in_(states),
        )
    else:
        return True
    return bool(session.scalar(select(found)))

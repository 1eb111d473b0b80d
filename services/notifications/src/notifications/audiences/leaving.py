"""Somebody belongs to an audience no more: what a broadcast, or a rule for a list of people, had for them and nobody
has begun to send is not sent."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from notifications.audiences.models import KnownDuty, KnownMembership, KnownRegistration
from notifications.audiences.queries import HAS_PLACE, HAS_PLACE_OR_WAITS, with_those_below
from notifications.broadcasts.models import Broadcast, Recipient
from notifications.contacts.models import Contact
from notifications.messages.models import Message, Notice
from notifications.messages.steps import add_step
from notifications.messages.superseding import end
from shared.database import UnitOfWork

NOT_ADDRESSED = "not-addressed-any-more"
_IS_FOR_A_LIST = Notice.audience["kind"].as_string().is_not(None)


def leave_audiences(work: UnitOfWork, person_id: UUID) -> None:
    """Called after a membership, a registration or a duty of the person ended. Guardians of a child are written to
    about it."""
    today = work.now.date()
    not_begun = or_(Message.state == "pending", and_(Message.state == "sending", Message.on_wire.is_(False)))
    rows = work.session.execute(
        select(Message, func.coalesce(Broadcast.audience, Notice.audience))
        .join(Notice, Message.notice_id == Notice.id)
        .join(Broadcast, Broadcast.id == Notice.event_id, isouter=True)
        .where(
            Message.person_id.in_(_written_to(work.session, person_id)),
            Notice.about_id == person_id,
            not_begun,
            or_(Broadcast.id.is_not(None), _IS_FOR_A_LIST),
        )
        .order_by(Message.id)
        .with_for_update(of=Message)
    ).all()
    for message, audience in rows:
        if not belongs(work.session, audience, person_id, today):
            end(work, message, NOT_ADDRESSED)
    _leave_waiting(work, person_id, today)
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


def _leave_waiting(work: UnitOfWork, person_id: UUID, today: date) -> None:
    """Notices that wait for a contact or a digest, and stand for no message yet."""
    waiting = select(Notice).where(
        Notice.person_id.in_(_written_to(work.session, person_id)),
        Notice.about_id == person_id,
        Notice.state == "waiting",
        _IS_FOR_A_LIST,
    )
    for notice in work.session.scalars(waiting.order_by(Notice.id).with_for_update()).all():
        if not belongs(work.session, notice.audience, person_id, today):
            notice.state, notice.reason = "suppressed", NOT_ADDRESSED
            add_step(work, notice.id, "suppressed", reason=NOT_ADDRESSED)


def _written_to(session: Session, person_id: UUID) -> list[UUID]:
    contact = session.get(Contact, person_id)
    guardians = contact.guardians if contact is not None else None
    return [person_id, *(UUID(guardian) for guardian in guardians or ())]


def belongs(session: Session, audience: dict[str, Any], person_id: UUID, today: date) -> bool:
    """Whether a person belongs to an audience today; who was named by name always does."""
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
    elif audience["kind"] == "shift":
        found = exists().where(
            KnownDuty.person_id == person_id,
            KnownDuty.shift_id == UUID(audience["shift_id"]),
            KnownDuty.released.is_(False),
        )
    else:
        return True
    return bool(session.scalar(select(found)))

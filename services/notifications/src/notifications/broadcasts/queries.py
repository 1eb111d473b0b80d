"""Reading broadcasts: by whom, for whom, and what became of them. Other bodies' staff do not see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from notifications.audiences.models import KnownActivity, KnownShift
from notifications.broadcasts.models import Broadcast, Recipient
from notifications.broadcasts.rules import RULE
from notifications.contacts.models import Contact, Organisation
from notifications.messages.models import Message, Notice
from notifications.messages.queries import find_people
from notifications.messages.rules import STATES
from notifications.wording.values import period_text
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("broadcast")


def select_broadcasts(who: Principal, *, body: str | None = None, state: str | None = None) -> Select[Broadcast]:
    """Broadcasts of the bodies of this principal, for paging."""
    chosen = select(Broadcast).where(Broadcast.body.in_(who.bodies("viewer")))
    if body:
        chosen = chosen.where(Broadcast.body == body)
    return chosen.where(Broadcast.state == state) if state else chosen.where(Broadcast.state != "discarded")


def get_broadcast(session: Session, broadcast_id: UUID, who: Principal) -> Broadcast:
    """One broadcast. NotFound also where it may not be seen."""
    found = session.get(Broadcast, broadcast_id)
    if found is None or not who.allows("viewer", found.body):
        raise NotFound(NOUN)
    return found


def waiting_for_approval(session: Session, who: Principal) -> int:
    """How many wait for a second person of the bodies where this principal is an officer."""
    waiting = select(func.count()).where(Broadcast.body.in_(who.bodies("officer")), Broadcast.state == "waiting")
    return session.scalar(waiting) or 0


def audience_name(session: Session, broadcast: Broadcast, zone: ZoneInfo) -> Mapping[str, str] | None:
    """What the organisation, activity or shift is called in both languages; None for people named one by one."""
    audience = broadcast.audience
    if audience["kind"] == "organisation":
        organisation = session.get(Organisation, UUID(audience["organisation_id"]))
        return {"zh": organisation.name_zh, "en": organisation.name_en} if organisation else {"zh": "—", "en": "—"}
    if audience["kind"] == "activity":
        activity = session.get(KnownActivity, UUID(audience["activity_id"]))
        return {"zh": activity.title_zh, "en": activity.title_en} if activity else {"zh": "—", "en": "—"}
    if audience["kind"] == "shift":
        shift = session.get(KnownShift, UUID(audience["shift_id"]))
        return named_with_time(shift, zone) if shift else {"zh": "—", "en": "—"}
    return None


def named_with_time(shift: KnownShift, zone: ZoneInfo) -> Mapping[str, str]:
    """A shift in both languages: the title alone may be that of every evening."""
    times = (shift.starts_at.astimezone(zone), shift.ends_at.astimezone(zone))
    return {
        "zh": f"{shift.title_zh} · {period_text(*times, 'zh-Hans')}",
        "en": f"{shift.title_en} · {period_text(*times, 'en')}",
    }


@dataclass(frozen=True)
class Progress:
    """What became of a broadcast: people of the frozen list, those left out by reason, those still to be made, and
    its messages by state."""

    people: int
    left_out: Mapping[str, int]
    to_be_made: int
    accepted: int
    states: Mapping[str, int]

    @property
    def holds(self) -> bool:
        """The law that nothing is lost, for this broadcast."""
        return self.accepted == sum(self.states.values())


def progress(session: Session, broadcast: Broadcast) -> Progress:
    """Counted anew each time; once the list was dropped, what is kept of its size."""
    left_out = dict(
        session.execute(
            select(Recipient.left_out, func.count())
            .where(Recipient.broadcast_id == broadcast.id, Recipient.left_out.is_not(None))
            .group_by(Recipient.left_out)
        ).all()
    )
    mine = (Recipient.broadcast_id == broadcast.id,)
    people = session.scalar(select(func.count()).where(*mine)) or 0
    if broadcast.contents_dropped_at is not None:
        people = broadcast.people or people
    to_be_made = session.scalar(
        select(func.count()).where(*mine, Recipient.made_at.is_(None), Recipient.left_out.is_(None))
    )
    accepted = session.scalar(
        select(func.sum(Notice.accepted)).where(Notice.event_id == broadcast.id, Notice.rule_key == RULE)
    )
    counted = dict(
        session.execute(
            select(Message.state, func.count())
            .join(Notice, Message.notice_id == Notice.id)
            .where(Notice.event_id == broadcast.id)
            .group_by(Message.state)
        ).all()
    )
    states = {state: counted[state] for state in STATES if state in counted}
    return Progress(people, left_out, to_be_made or 0, int(accepted or 0), states)


@dataclass(frozen=True)
class Told:
    """One person of the list: who they are, why they were left out, or the notice and messages that they have."""

    id: UUID
    recipient: Recipient
    contact: Contact | None
    about: Contact | None
    notice: Notice | None
    messages: Sequence[Message]

    @property
    def reason(self) -> str | None:
        """Why nothing was sent to them."""
        return self.recipient.left_out or (self.notice.reason if self.notice is not None else None)


def select_recipients(
    session: Session, broadcast: Broadcast, *, left_out: bool | None = None, name: str | None = None
) -> Select[Recipient]:
    """The frozen list, for paging: all of it, only who was left out, or only who was not."""
    chosen = select(Recipient).where(Recipient.broadcast_id == broadcast.id)
    if left_out is not None:
        chosen = chosen.where(Recipient.left_out.is_not(None) if left_out else Recipient.left_out.is_(None))
    if name and name.strip():
        chosen = chosen.where(Recipient.person_id.in_(find_people(session, name.strip(), most=500)))
    return chosen


def told(session: Session, broadcast: Broadcast, recipients: Sequence[Recipient]) -> list[Told]:
    """What became of these people, with three questions however many they are."""
    people = [one.person_id for one in recipients]
    both = {*people, *(one.about_id for one in recipients)}
    contacts = {row.person_id: row for row in session.scalars(select(Contact).where(Contact.person_id.in_(both)))}
    notices = {
        row.person_id: row
        for row in session.scalars(
            select(Notice).where(Notice.event_id == broadcast.id, Notice.rule_key == RULE, Notice.person_id.in_(people))
        )
    }
    ids = [notice.id for notice in notices.values()]
    messages: dict[UUID, list[Message]] = {}
    for message in session.scalars(select(Message).where(Message.notice_id.in_(ids)).order_by(Message.channel.desc())):
        messages.setdefault(message.person_id, []).append(message)
    return [
        Told(
            one.id,
            one,
            contacts.get(one.person_id),
            contacts.get(one.about_id) if one.about_id != one.person_id else None,
            notices.get(one.person_id),
            messages.get(one.person_id, []),
        )
        for one in recipients
    ]

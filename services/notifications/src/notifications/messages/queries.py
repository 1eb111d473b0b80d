"""Reading messages and notices, with what each principal may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select, text, true, union_all
from sqlalchemy.orm import Session, joinedload

from notifications.contacts.models import Contact
from notifications.messages.models import Message, MessageStep, Notice, is_open
from notifications.messages.rules import LANES, STATES, TEST_EVENT
from shared.principal import BODIES, SYSTEM, Principal
from shared.refusal import NotFound

_ACCEPTED = "accepted"
_WAITING = text("notices.state = 'waiting'")
"""As the partial index says it."""


@dataclass(frozen=True)
class Conservation:
    """The law that nothing is lost: what was accepted is the sum of what became of it."""

    accepted: int
    states: Mapping[str, int]
    waiting: int

    @property
    def holds(self) -> bool:
        return self.accepted == sum(self.states.values())


def conservation(session: Session, who: Principal = SYSTEM) -> Conservation:
    """Count both sides of the law by one query, and the notices that still wait for a contact; of what this principal
    may see. It holds for each body by itself, because a message belongs to the body of its notice."""
    accepted = select(literal(_ACCEPTED).label("side"), func.coalesce(func.sum(Notice.accepted), 0))
    states = select(Message.state, func.count()).where(visible_messages(who)).group_by(Message.state)
    counted = dict(session.execute(union_all(accepted.where(visible_notices(who)), states)).all())
    waiting = session.scalar(select(func.count()).select_from(Notice).where(_WAITING, visible_notices(who)))
    sides = {state: int(counted.get(state, 0)) for state in STATES}
    return Conservation(int(counted[_ACCEPTED]), sides, waiting or 0)


def queue_ages(session: Session, now: datetime) -> dict[str, float]:
    """By lane for how many seconds the message that should have gone out first has waited since then; 0 where nothing
    waits. What rests until later is not late."""
    oldest = dict(
        session.execute(
            select(Message.lane, func.min(Message.due_at))
            .where(is_open(), Message.state.in_(("pending", "sending")), Message.due_at <= now)
            .group_by(Message.lane)
        ).all()
    )
    return {name: (now - oldest[lane]).total_seconds() if lane in oldest else 0.0 for name, lane in LANES.items()}


def counts_since(session: Session, since: datetime, who: Principal) -> dict[str, int]:
    """Messages made since that moment that this principal may see, by state; those of staff to themselves as tests."""
    counted = session.execute(
        select(case((Message.event_type == TEST_EVENT, "tests"), else_=Message.state).label("kind"), func.count())
        .where(Message.created_at >= since, visible_messages(who))
        .group_by("kind")
    )
    return dict(counted.all())


def _visible(column: ColumnElement[str | None], who: Principal) -> ColumnElement[bool]:
    bodies = who.bodies("viewer")
    if set(bodies) == set(BODIES):
        return true()
    return or_(column.is_(None), column.in_(bodies))


def visible_messages(who: Principal) -> ColumnElement[bool]:
    """Messages of nobody's body and of the principal's own; those marked '*' only for who sees all bodies."""
    return _visible(Message.body, who)  # type: ignore[arg-type]


def visible_notices(who: Principal) -> ColumnElement[bool]:
    return _visible(Notice.body, who)  # type: ignore[arg-type]


def select_messages(
    who: Principal,
    *,
    person_id: UUID | None = None,
    state: str | None = None,
    event_type: str | None = None,
    channel: str | None = None,
    event_id: UUID | None = None,
) -> Select[Message]:
    """Messages that this principal may see, with their contacts, for paging."""
    chosen = (
        select(Message).where(visible_messages(who)).options(joinedload(Message.contact), joinedload(Message.notice))
    )
    for column, wanted in (
        (Message.person_id, person_id),
        (Message.state, state),
        (Message.event_type, event_type),
        (Message.channel, channel),
    ):
        if wanted:
            chosen = chosen.where(column == wanted)
    if event_id is not None:
        chosen = chosen.join(Message.notice).where(Notice.event_id == event_id)
    return chosen


def name_order(person_id: Any) -> Any:
    """The name of the person that a column means, for sorting by it."""
    return select(Contact.name).where(Contact.person_id == person_id).scalar_subquery()


def select_notices(who: Principal, *, state: str | None = None, person_id: UUID | None = None) -> Select[Notice]:
    """Notices that this principal may see; without a state those that made no message."""
    chosen = select(Notice).where(visible_notices(who))
    chosen = chosen.where(Notice.state == state if state else Notice.state.in_(("waiting", "suppressed", "expired")))
    return chosen.where(Notice.person_id == person_id) if person_id is not None else chosen


def get_message(session: Session, message_id: UUID, who: Principal) -> Message:
    """One message with notice, template and contact. NotFound also where it may not be seen."""
    found = session.scalars(
        select(Message)
        .where(Message.id == message_id, visible_messages(who))
        .options(joinedload(Message.notice), joinedload(Message.template), joinedload(Message.contact))
    ).one_or_none()
    if found is None:
        raise NotFound("message")
    return found


def get_notice(session: Session, notice_id: UUID, who: Principal) -> Notice:
    """One notice. NotFound also where it may not be seen."""
    found = session.scalars(select(Notice).where(Notice.id == notice_id, visible_notices(who))).one_or_none()
    if found is None:
        raise NotFound("notice")
    return found


def timeline(session: Session, notice_id: UUID, message_id: UUID | None = None) -> Sequence[MessageStep]:
    """The lines of a notice and, with `message_id`, of that message only; else of all its messages. Oldest first."""
    chosen = select(MessageStep).where(MessageStep.notice_id == notice_id).order_by(MessageStep.id)
    if message_id is not None:
        chosen = chosen.where(or_(MessageStep.message_id.is_(None), MessageStep.message_id == message_id))
    return session.scalars(chosen).all()


def find_people(session: Session, text: str, most: int = 50) -> list[UUID]:
    """Ids of people whose name contains the text."""
    pattern = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return list(
        session.scalars(select(Contact.person_id).where(Contact.name.ilike(f"%{pattern}%", escape="\\")).limit(most))
    )

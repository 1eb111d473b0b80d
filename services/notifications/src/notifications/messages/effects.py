"""What was made of an event: its messages, and whom nothing was sent to. Shown in the event's story."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from notifications.messages.models import Message, Notice
from notifications.messages.queries import visible_messages, visible_notices
from notifications.messages.words import CHANNELS, STATES
from shared.principal import Principal
from shared.service import Effect
from shared.texts import N_

SHOWN = 100
NO_MESSAGE = N_("Held back")


def _digests_of(event_id: UUID) -> Select[UUID | None]:
    """The notices of the digests that have a line of this event."""
    return select(Notice.window_id).where(Notice.event_id == event_id, Notice.window_id.is_not(None))


def effects_of(session: Session, event_id: UUID, who: Principal) -> Sequence[Effect]:
    """Of what this principal may see: messages first, then the people who are not written to. Names and addresses stay
    on the messages' own pages."""
    messages = session.scalars(
        select(Message)
        .join(Notice, Message.notice_id == Notice.id)
        .where(or_(Notice.event_id == event_id, Notice.id.in_(_digests_of(event_id))), visible_messages(who))
        .order_by(Message.id)
        .limit(SHOWN)
    )
    made = [
        Effect(
            message.created_at,
            N_("%(kind)s: %(state)s"),
            f"/messages/{message.id}",
            {"kind": CHANNELS[message.channel], "state": STATES[message.state]},
        )
        for message in messages
    ]
    held = session.scalars(
        select(Notice)
        .where(Notice.event_id == event_id, Notice.state.not_in(("queued", "passed-on")), visible_notices(who))
        .order_by(Notice.id)
        .limit(SHOWN - len(made))
    )
    return made + [
        Effect(
            notice.created_at,
            N_("%(kind)s: %(state)s"),
            f"/held-back/{notice.id}",
            {"kind": NO_MESSAGE, "state": STATES[notice.state]},
        )
        for notice in held
    ]

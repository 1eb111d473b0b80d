"""The end of what broadcasts said: their texts, values and lists of people; that they were sent is kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select, update

from notifications.broadcasts.models import Broadcast, Recipient
from notifications.wording.catalogue import OWN_TEXT
from notifications.wording.models import TemplateVersion
from shared.database import UnitOfWork
from shared.runtime import Runtime

AT_ONCE = 20
RECIPIENTS_AT_ONCE = 5_000
_OVER = ("done", "stopped", "discarded")


def _to_be_dropped(before: datetime) -> tuple[Any, ...]:
    """Broadcasts that ended, or were thrown away, before that moment and still hold what they said."""
    ended = or_(Broadcast.ended_at < before, Broadcast.ended_at.is_(None) & (Broadcast.created_at < before))
    return Broadcast.contents_dropped_at.is_(None), Broadcast.state.in_(_OVER), ended


def drop_broadcasts(runtime: Runtime, before: datetime) -> int:
    """Drop texts, values and audience of old broadcasts, and whom they were for; how many rows that were. Looks
    without a lock first.

    Who got a message stands with the messages. A long list goes piece by piece, and the broadcast is done with when
    its list is empty.
    """
    with runtime.reading() as session:
        if not session.scalar(select(exists().where(*_to_be_dropped(before)))):
            return 0
    with runtime.unit_of_work() as work:
        return _drop(work, before)


def _drop(work: UnitOfWork, before: datetime) -> int:
    gone = 0
    old = work.session.scalars(
        select(Broadcast).where(*_to_be_dropped(before)).order_by(Broadcast.created_at).limit(AT_ONCE).with_for_update()
    ).all()
    for broadcast in old:
        gone += _drop_recipients(work, broadcast)
        if work.session.scalar(select(exists().where(Recipient.broadcast_id == broadcast.id))):
            break
        broadcast.values, broadcast.texts = {}, {}
        if "person_ids" in broadcast.audience:
            broadcast.audience = {**broadcast.audience, "person_ids": []}
        broadcast.contents_dropped_at = work.now
        _drop_own_text(work, broadcast)
        gone += 1
    work.session.flush()
    return gone


def _drop_own_text(work: UnitOfWork, broadcast: Broadcast) -> None:
    """What was written for it alone is kept as a template of its own, for its messages."""
    own = update(TemplateVersion).where(TemplateVersion.key == f"{OWN_TEXT}{broadcast.id}")
    work.session.execute(own.values(subject="", body="").execution_options(synchronize_session=False))


def _drop_recipients(work: UnitOfWork, broadcast: Broadcast) -> int:
    piece = select(Recipient.id).where(Recipient.broadcast_id == broadcast.id).limit(RECIPIENTS_AT_ONCE)
    done: Any = work.session.execute(
        delete(Recipient).where(Recipient.id.in_(piece)).execution_options(synchronize_session=False)
    )
    return int(done.rowcount)

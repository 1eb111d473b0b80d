"""From a frozen list to messages, piece by piece, and the end of a broadcast.

A piece is one transaction: notices, messages, and the mark on the list that they were made. A process that dies loses
the whole piece and nothing else; two processes take turns by the lock on the broadcast; the ids of notices and messages
are made from broadcast, person and channel, so that nothing can be made twice.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, text, update
from sqlalchemy.orm import Session

from notifications.broadcasts.models import Broadcast, Recipient
from notifications.broadcasts.rules import EVENT_TYPE, RULE
from notifications.broadcasts.texts import facts_of
from notifications.messages.drafts import Drafts
from notifications.messages.models import Message, Notice
from notifications.messages.rules import LANES, notice_id
from shared.database import UnitOfWork
from shared.runtime import Runtime

PIECE = 500
_AT_WORK = text("broadcasts.state = 'running'")
_OPEN = text("messages.state IN ('pending', 'sending', 'unknown')")


def fan_out(runtime: Runtime) -> int:
    """Make the messages of one piece, or end broadcasts of which nothing is open any more; how much was done.

    Looks without a lock first.
    """
    with runtime.reading() as session:
        running = session.scalars(select(Broadcast).where(_AT_WORK).order_by(Broadcast.id)).all()
        waiting = [one.id for one in running if one.fanned_out_at is None]
        over = [one.id for one in running if one.fanned_out_at is not None and not _is_open(session, one)]
    if waiting:
        with runtime.unit_of_work() as work:
            return _make_piece(work)
    if over:
        with runtime.unit_of_work() as work:
            return _end(work, over)
    return 0


def _make_piece(work: UnitOfWork) -> int:
    broadcast = work.session.scalars(
        select(Broadcast)
        .where(_AT_WORK, Broadcast.fanned_out_at.is_(None))
        .order_by(Broadcast.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if broadcast is None:
        return 0
    recipients = work.session.scalars(
        select(Recipient)
        .where(Recipient.broadcast_id == broadcast.id, Recipient.made_at.is_(None), Recipient.left_out.is_(None))
        .order_by(Recipient.id)
        .limit(PIECE)
    ).all()
    if not recipients:
        broadcast.fanned_out_at = work.now
        return 1
    work.correlation_id = str(broadcast.id)
    drafts = Drafts(work)
    drafts.look_up([one.person_id for one in recipients])
    assert broadcast.approved_at is not None
    common = notice_values(work, broadcast, broadcast.approved_at)
    for one in recipients:
        key = notice_id(broadcast.id, RULE, one.person_id)
        notice = drafts.add(common, key, one.person_id, about=one.about_id)
        drafts.step(notice, "chosen-for-broadcast", title=broadcast.title)
        drafts.resolve(notice)
    drafts.write()
    work.session.execute(
        update(Recipient)
        .where(Recipient.id.in_([one.id for one in recipients]))
        .values(made_at=work.now)
        .execution_options(synchronize_session=False)
    )
    return len(recipients)


def notice_values(work: UnitOfWork, broadcast: Broadcast, moment: datetime) -> dict[str, Any]:
    """What all notices of a broadcast that was released at that moment say."""
    return {
        "event_id": broadcast.id,
        "event_type": EVENT_TYPE,
        "event_time": moment,
        "subject": broadcast.subject,
        "correlation_id": work.correlation_id,
        "traceparent": work.traceparent,
        "rule_key": RULE,
        "rule_version": broadcast.version,
        "template_key": broadcast.text_key,
        "channels": list(broadcast.channels),
        "lane": LANES["bulk"],
        "category": broadcast.category,
        "subject_version": None,
        "passes_quiet_hours": False,
        "body": broadcast.body,
        "facts": facts_of(broadcast),
        "expires_at": moment + timedelta(hours=broadcast.kept_hours),
    }


def _is_open(session: Session, broadcast: Broadcast) -> bool:
    open_message = exists().where(Message.subject == broadcast.subject, _OPEN)
    waits = exists().where(Notice.event_id == broadcast.id, Notice.state == "waiting")
    found = session.execute(select(open_message, waits)).one()
    return any(found)


def _end(work: UnitOfWork, over: list[UUID]) -> int:
    ended = 0
    for broadcast in work.session.scalars(
        select(Broadcast).where(Broadcast.id.in_(over), _AT_WORK).order_by(Broadcast.id).with_for_update()
    ):
        if not _is_open(work.session, broadcast):
            broadcast.state, broadcast.ended_at = "done", work.now
            ended += 1
    return ended

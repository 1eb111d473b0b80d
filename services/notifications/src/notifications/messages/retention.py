"""The end of contents: after some time what a message said is dropped, and that it was sent is kept."""

from datetime import timedelta

from sqlalchemy import exists, select, update

from notifications.messages.masking import masked_address
from notifications.messages.models import Message, Notice
from notifications.messages.rules import FINAL_STATES
from notifications.messages.steps import add_step
from notifications.receipts.commands import forget_early_receipts
from notifications.replies.commands import forget_replies
from notifications.short_links.commands import forget_links
from shared.runtime import Runtime

DROPPED_AT_ONCE = 200
EARLY_RECEIPTS_KEPT = timedelta(days=7)


def drop_contents(runtime: Runtime, kept: timedelta) -> int:
    """Drop values and addresses of old notices that are over; how many. Looks without a lock first."""
    before = runtime.clock() - kept
    open_message = exists().where(Message.notice_id == Notice.id, Message.state.not_in(FINAL_STATES))
    old = (
        Notice.contents_dropped_at.is_(None),
        Notice.created_at < before,
        Notice.state != "waiting",
        ~open_message,
    )
    with runtime.reading() as session:
        if not session.scalar(select(exists().where(*old))):
            return 0
    with runtime.unit_of_work() as work:
        forget_early_receipts(work, work.now - EARLY_RECEIPTS_KEPT)
        forget_replies(work, before)
        forget_links(work)
        notices = work.session.scalars(
            select(Notice).where(*old).order_by(Notice.created_at).limit(DROPPED_AT_ONCE).with_for_update()
        ).all()
        for notice in notices:
            notice.facts, notice.contents_dropped_at = {}, work.now
            add_step(work, notice.id, "contents-dropped")
        for message in work.session.scalars(
            select(Message).where(Message.notice_id.in_([notice.id for notice in notices]))
        ):
            work.session.execute(
                update(Message).where(Message.id == message.id).values(address=masked_address(message.address))
            )
        return len(notices)

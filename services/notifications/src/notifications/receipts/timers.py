"""Reading the bounce mailbox once a minute."""

import logging
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from notifications.receipts.bounces import forget_soft_bounces, take_bounce
from notifications.receipts.mailbox import MailboxAddress, MailboxAway, OpenMailbox, opened
from notifications.receipts.models import BounceMailbox
from notifications.sending.settings import SendingSettings
from shared.database import UnitOfWork
from shared.runtime import Runtime
from shared.timers import Timer

AT_ONCE = 50
logger = logging.getLogger(__name__)


def read_bounces(runtime: Runtime) -> int:
    """Take what lies in the mailbox that BOUNCE_MAILBOX_URL names, one transaction a mail; how many were bounces.

    A mailbox that cannot be read is noted for staff, and tried again with the next turn.
    """
    url = runtime.settings.environ.get("BOUNCE_MAILBOX_URL")
    if not url:
        return 0
    address = MailboxAddress.parse(url)
    taken = 0
    try:
        with opened(address) as mailbox:
            uids = mailbox.unseen(AT_ONCE)
            for uid in uids:
                taken += _take(runtime, mailbox, uid)
            mailbox.expunge()
    except MailboxAway as away:
        with runtime.unit_of_work() as work:
            row = _row(work, address.name)
            row.failed_at, row.code, row.taken = work.now, away.code, row.taken + taken
        return 0
    with runtime.unit_of_work() as work:
        row = _row(work, address.name)
        row.read_at, row.code, row.taken = work.now, "", row.taken + taken
        forget_soft_bounces(work)
    return len(uids) if len(uids) == AT_ONCE else 0


def _take(runtime: Runtime, mailbox: OpenMailbox, uid: str) -> int:
    raw = mailbox.fetch(uid)
    outcome = "none"
    if raw is not None:
        bounces_to = SendingSettings.of(runtime.settings).bounces_to
        try:
            with runtime.unit_of_work() as work:
                outcome = take_bounce(work, raw, bounces_to)
        except SQLAlchemyError:
            raise
        except Exception:
            # Anybody may write there: a mail that no parser can read is left for people and holds up no other one.
            logger.exception("a mail that came back cannot be read")
    if outcome == "none":
        mailbox.mark_seen(uid)
        return 0
    mailbox.take_away(uid)
    return 1


def _row(work: UnitOfWork, name: str) -> BounceMailbox:
    row: BounceMailbox | None = work.lock(BounceMailbox, name)
    if row is None:
        row = BounceMailbox(name=name, taken=0, code="")
        work.session.add(row)
    return row


TIMERS = (Timer("read bounces", timedelta(minutes=1), read_bounces),)

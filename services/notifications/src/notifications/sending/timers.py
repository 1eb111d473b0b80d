"""Sending as timers of the worker, the sweep of what waited too long, and the end of contents."""

import threading
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import exists, select

from notifications.broadcasts.retention import drop_broadcasts
from notifications.contacts.models import Contact
from notifications.messages.fan_out import resolve
from notifications.messages.models import Notice
from notifications.messages.queueing import forget_numbers
from notifications.messages.retention import drop_contents
from notifications.messages.rules import CHANNELS, LANES
from notifications.messages.steps import add_step
from notifications.sending.sender import Sender
from notifications.sending.settings import SendingSettings
from shared.runtime import Runtime
from shared.timers import Timer

SWEPT_AT_ONCE = 200


class SendDue:
    """Sends what is due in some channels and lanes, with one sender for each thread and runtime that calls it."""

    def __init__(self, channels: Sequence[str] = CHANNELS, lanes: Sequence[str] = tuple(LANES)) -> None:
        self._own = threading.local()
        self._channels = channels
        self._lanes = lanes

    def __call__(self, runtime: Runtime) -> int:
        if getattr(self._own, "runtime", None) is not runtime:
            settings = SendingSettings.of(runtime.settings)
            self._own.sender = Sender(runtime, settings, channels=self._channels, lanes=self._lanes)
            self._own.runtime = runtime
        sender: Sender = self._own.sender
        return sender.run_once()


def sweep_waiting(runtime: Runtime) -> int:
    """Work off waiting notices whose contact is known by now, and end those that waited too long; what waits for a
    digest is left to its window.

    Like the senders it looks without a lock first.
    """
    known = exists().where(Contact.person_id == Notice.person_id)
    ripe = (Notice.state == "waiting") & Notice.window_id.is_(None) & (known | (Notice.expires_at <= runtime.clock()))
    with runtime.reading() as session:
        if not session.scalar(select(exists().where(ripe))):
            return 0
    with runtime.unit_of_work() as work:
        notices = work.session.scalars(
            select(Notice).where(ripe).order_by(Notice.id).limit(SWEPT_AT_ONCE).with_for_update(skip_locked=True)
        ).all()
        for notice in notices:
            work.correlation_id, work.traceparent = notice.correlation_id, notice.traceparent
            if notice.expires_at > work.now:
                resolve(work, notice)
            else:
                notice.state, notice.reason = "expired", "no-contact"
                add_step(work, notice.id, "expired", reason="no-contact")
        return len(notices)


def drop_old_contents(runtime: Runtime) -> int:
    """Drop what messages said once nobody needs it any more."""
    kept = SendingSettings.of(runtime.settings).contents_kept
    return drop_contents(runtime, kept) + drop_broadcasts(runtime, runtime.clock() - kept)


# Channels have threads of their own, so that a slow gateway holds up no mail, and urgent messages have one that
# never carries anything else.
TIMERS = (
    Timer("send-email", timedelta(seconds=0.5), SendDue(("email",)), everywhere=True, threads=3),
    Timer("send-sms", timedelta(seconds=0.5), SendDue(("sms",)), everywhere=True, threads=2),
    Timer("send-urgent", timedelta(seconds=0.5), SendDue(CHANNELS, ("urgent",)), everywhere=True),
    Timer("waiting-contacts", timedelta(seconds=5), sweep_waiting),
    Timer("drop-contents", timedelta(minutes=10), drop_old_contents),
    Timer("forget-queue-numbers", timedelta(hours=1), forget_numbers),
)

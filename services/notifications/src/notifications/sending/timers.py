"""Sending as a timer of the worker, and the sweep of what waited too long."""

import threading
from datetime import timedelta

from sqlalchemy import exists, select

from notifications.contacts.models import Contact
from notifications.messages.fan_out import resolve
from notifications.messages.models import Notice
from notifications.messages.steps import add_step
from notifications.sending.sender import Sender
from notifications.sending.settings import SendingSettings
from shared.runtime import Runtime
from shared.timers import Timer

SWEPT_AT_ONCE = 200


class SendDue:
    """Sends what is due, with one sender for each thread and runtime that calls it."""

    def __init__(self) -> None:
        self._own = threading.local()

    def __call__(self, runtime: Runtime) -> int:
        if getattr(self._own, "runtime", None) is not runtime:
            self._own.sender = Sender(runtime, SendingSettings.of(runtime.settings))
            self._own.runtime = runtime
        sender: Sender = self._own.sender
        return sender.run_once()


def sweep_waiting(runtime: Runtime) -> int:
    """Work off waiting notices whose contact is known by now, and end those that waited too long.

    Like the senders it looks without a lock first.
    """
    known = exists().where(Contact.person_id == Notice.person_id)
    ripe = (Notice.state == "waiting") & (known | (Notice.expires_at <= runtime.clock()))
    with runtime.reading() as session:
        if not session.scalar(select(exists().where(ripe))):
            return 0
    with runtime.unit_of_work() as work:
        notices = work.session.scalars(
            select(Notice).where(ripe).order_by(Notice.id).limit(SWEPT_AT_ONCE).with_for_update(skip_locked=True)
        ).all()
        for notice in notices:
            work.correlation_id = notice.correlation_id
            if notice.expires_at > work.now:
                resolve(work, notice)
            else:
                notice.state, notice.reason = "expired", "no-contact"
                add_step(work, notice.id, "expired", reason="no-contact")
        return len(notices)


TIMERS = (
    Timer("send", timedelta(seconds=0.5), SendDue(), everywhere=True, threads=2),
    Timer("waiting-contacts", timedelta(seconds=5), sweep_waiting),
)

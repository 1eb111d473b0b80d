"""The peers: Celery tasks that send the same mails through smtplib, acks late.

One as the documentation of smtplib and email shows it: a mail made by EmailMessage, a connection for each. The other
has what the suite has: its own fast writer of mails and a connection that is kept. Neither writes anything down.
"""

import os
import smtplib
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import Celery
from kombu import Queue

QUEUE = "celery-mails"
app = Celery("mail_peer", broker=os.environ.get("BENCH_AMQP_URL", "memory://"))
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=100,
    task_default_queue=QUEUE,
    task_queues=[Queue(QUEUE, queue_arguments={"x-queue-type": "quorum"})],
    broker_native_delayed_delivery_queue_type="quorum",
    worker_detect_quorum_queues=True,
    broker_connection_retry_on_startup=True,
    worker_send_task_events=False,
)
FROM = "党群服务中心 <centre@sample.invalid>"
_link: smtplib.SMTP | None = None

if TYPE_CHECKING:
    from notifications.messages.content import Content
    from notifications.messages.invitations import Invitation


@app.task(name="send_mail_tuned")
def send_mail_tuned(to: str, name: str, title: str, message_id: str) -> None:
    """Render one mail from its values, with the calendar entry that the suite sends along, and send it."""
    global _link
    from notifications.sending.mail import MailWriter

    now = datetime.now(UTC)
    content, entry = _rendered(to, name, title, message_id, now)
    writer = MailWriter(FROM, None, ZoneInfo("Asia/Shanghai"))
    mail = writer.write(UUID(message_id), to, "zh-Hans", content, now, invitation=entry)
    if _link is None:
        _link = smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SMTP_PORT"]))
    _link.sendmail("centre@sample.invalid", [to], mail)


@app.task(name="send_mail_plain")
def send_mail_plain(to: str, name: str, title: str, message_id: str) -> None:
    """The same mail, made by the standard library and sent over a connection of its own."""
    now = datetime.now(UTC)
    content, entry = _rendered(to, name, title, message_id, now)
    centre, address = parseaddr(FROM)
    mail = EmailMessage()
    mail["From"] = Address(centre, addr_spec=address)
    mail["To"] = to
    mail["Subject"] = content.subject
    mail["Date"] = format_datetime(now.astimezone(ZoneInfo("Asia/Shanghai")))
    mail["Message-ID"] = f"<{message_id}@sample.invalid>"
    mail.set_content(content.text, cte="base64")
    mail.add_alternative(content.html, subtype="html", cte="base64")
    mail.add_alternative(entry.content, subtype="calendar", params={"method": entry.method}, cte="base64")
    mail.add_attachment(entry.content.encode(), maintype="application", subtype="ics", filename="invitation.ics")
    with smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SMTP_PORT"])) as link:
        link.send_message(mail)


def _rendered(to: str, name: str, title: str, message_id: str, now: datetime) -> "tuple[Content, Invitation]":
    from notifications.messages.content import render_text
    from notifications.messages.invitations import invitation

    content = render_text(
        "email",
        "zh-Hans",
        "报名成功：((title))",
        "((name))，您好：\n\n您已成功报名“((title))”。",
        {"name": name, "title": title},
        "党群服务中心",
    )
    when = {"from": (now + timedelta(days=2)).isoformat(), "to": None}
    entry = invitation(
        "activities.registration.confirmed", {"title": {"zh": title, "en": title}, "when": when},
        subject=f"registration/{message_id}", version=1, language="zh-Hans",
        organiser=("党群服务中心", "centre@sample.invalid"), attendee=(name, to), about_name=None, now=now,
    )  # fmt: skip
    assert entry is not None
    return content, entry

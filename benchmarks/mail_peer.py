"""The peer: Celery tasks that send the same mails through smtplib, acks late, over a connection that is kept."""

import os
import smtplib

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
_link: smtplib.SMTP | None = None


@app.task(name="send_mail")
def send_mail(to: str, name: str, title: str, message_id: str) -> None:
    """Render one mail from its values, with the calendar entry that the suite sends along, and send it."""
    global _link
    from datetime import UTC, datetime, timedelta
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from notifications.messages.content import render_text
    from notifications.messages.invitations import invitation
    from notifications.sending.mail import MailWriter

    content = render_text(
        "email",
        "zh-Hans",
        "报名成功：((title))",
        "((name))，您好：\n\n您已成功报名“((title))”。",
        {"name": name, "title": title},
        "党群服务中心",
    )
    now = datetime.now(UTC)
    when = {"from": (now + timedelta(days=2)).isoformat(), "to": None}
    entry = invitation(
        "activities.registration.confirmed", {"title": {"zh": title, "en": title}, "when": when},
        subject=f"registration/{message_id}", version=1, language="zh-Hans",
        organiser=("党群服务中心", "centre@sample.invalid"), attendee=(name, to), about_name=None, now=now,
    )  # fmt: skip
    writer = MailWriter("党群服务中心 <centre@sample.invalid>", None, ZoneInfo("Asia/Shanghai"))
    mail = writer.write(UUID(message_id), to, "zh-Hans", content, now, invitation=entry)
    if _link is None:
        _link = smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SMTP_PORT"]))
    _link.sendmail("centre@sample.invalid", [to], mail)

"""Workers that die while they make reminders and digests: everybody gets theirs, nobody twice."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import update

from notifications.digests.commands import set_digest
from notifications.digests.models import DigestWindow
from notifications.reminders.models import ReminderRule
from notifications.subjects.models import Subject
from notifications.testing.conditions import messages
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.others import Others
from notifications.testing.sender_processes import Senders
from shared.clock import utc_now
from shared.runtime import Runtime

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture
def lease() -> int:
    return 12


def _due_registrations(runtime: Runtime, people: int) -> None:
    """Registrations that were made three days ago for tomorrow; what they were told then is not asked here."""
    others = Others(runtime, utc_now)
    for _ in range(people):
        others.registration("snapshot", others.contact(email=None), hours=23, state="confirmed", waiting_number=None)
    with runtime.database.writing() as session:
        session.execute(update(ReminderRule).values(since=utc_now() - timedelta(days=3)))
        session.execute(update(Subject).values(told_at=utc_now() - timedelta(days=3)))


@pytest.mark.parametrize("point", ["remind.before-commit", "remind.after-commit"])
def test_everybody_is_reminded_once_wherever_a_timer_dies(
    runtime: Runtime, senders: Senders, mailbox: Mailbox, tmp_path: Path, point: str
) -> None:
    people = 25
    _due_registrations(runtime, people)
    victim = senders.start(YIZHAN_FAULT=f"{point}@{tmp_path / uuid4().hex}")
    until(lambda: victim.poll() is not None, seconds=60)
    senders.start()
    senders.start()
    until(lambda: [m.state for m in messages(runtime)] == ["sent"] * people, seconds=120)
    arrived = Counter(message["to"] for message in mailbox.messages(channel="sms", limit=1000))
    assert (len(arrived), set(arrived.values())) == (people, {1})


@pytest.mark.parametrize("point", ["digest.before-commit", "digest.after-commit"])
def test_each_event_is_in_one_digest_wherever_a_timer_dies(
    runtime: Runtime, senders: Senders, mailbox: Mailbox, tmp_path: Path, point: str
) -> None:
    people, lines = 8, 10
    with runtime.unit_of_work() as work:
        set_digest(work, "registration-confirmed", version=0, minutes=5)
    others = Others(runtime, utc_now)
    for person in [others.contact(email=None) for _ in range(people)]:
        for number in range(lines):
            others.registration("confirmed", person, title_zh=f"第{number}课")
    with runtime.database.writing() as session:
        session.execute(update(DigestWindow).values(closes_at=utc_now()))
    victim = senders.start(YIZHAN_FAULT=f"{point}@{tmp_path / uuid4().hex}")
    until(lambda: victim.poll() is not None, seconds=60)
    senders.start()
    senders.start()
    until(lambda: [m.state for m in messages(runtime)] == ["sent"] * people, seconds=120)
    arrived = mailbox.messages(channel="sms", limit=1000)
    assert len({message["to"] for message in arrived}) == len(arrived) == people
    assert all(f"第{number}课" in message["text"] for message in arrived for number in range(lines))

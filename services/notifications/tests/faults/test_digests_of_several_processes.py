"""Two processors that collect for the same people at once, and die; two timers that close the windows, and die."""

import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from notifications.digests.commands import set_digest
from notifications.digests.models import DigestWindow
from notifications.testing.conditions import messages, notices
from notifications.testing.crowds import write_contacts
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.sender_processes import Senders
from shared.clock import utc_now
from shared.database.tables import InboxRow
from shared.inbox.intake import take_in
from shared.runtime import Runtime
from shared.testing.delivery import HandMadeMessage, event

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
PEOPLE, LINES = 30, 20


@pytest.fixture
def lease() -> int:
    return 15


def _registrations(runtime: Runtime, people: list[UUID]) -> list[HandMadeMessage]:
    """Of each person registrations for so many lessons, of all people in turn."""
    made = []
    for number in range(LINES):
        for person in people:
            starts = utc_now() + timedelta(days=2, minutes=number)
            data = {
                "person_id": str(person), "title_zh": f"第{number}课", "title_en": f"Lesson {number}",
                "starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat(),
            }  # fmt: skip
            told = event("activities", "registration.confirmed", uuid4(), data, runtime=runtime, version=1)
            made.append(HandMadeMessage("notifications.activities-events", told.to_json().encode()))
    return made


def _waiting(runtime: Runtime) -> int:
    with runtime.reading() as session:
        return session.scalar(select(func.count()).where(InboxRow.status == "waiting")) or 0


def _windows(runtime: Runtime) -> Counter[UUID]:
    with runtime.reading() as session:
        return Counter(session.scalars(select(DigestWindow.person_id)))


def test_events_that_two_processors_take_at_once_are_one_digest_each_wherever_they_die(
    runtime: Runtime, senders: Senders, mailbox: Mailbox, tmp_path: Path
) -> None:
    with runtime.unit_of_work() as work:
        set_digest(work, "registration-confirmed", version=0, minutes=60)
    people = write_contacts(runtime, PEOPLE)
    with runtime.database.writing() as session:
        sources = {"notifications.activities-events": "/services/activities"}
        take_in(session, _registrations(runtime, people), sources=sources, now=runtime.clock())

    victims = [
        senders.start("process", YIZHAN_FAULT=f"process.{point}@{tmp_path / point}")
        for point in ("before-commit", "after-commit")
    ]
    for victim in victims:
        assert victim.wait(120) == -signal.SIGKILL
    assert 0 < _waiting(runtime) < PEOPLE * LINES
    both = [senders.start("process"), senders.start("process")]
    until(lambda: _waiting(runtime) < PEOPLE * LINES * 2 // 3, seconds=120)
    senders.kill()
    senders.start("process")
    until(lambda: _waiting(runtime) == 0, seconds=200)
    assert both[0].returncode == -signal.SIGKILL
    assert set(_windows(runtime).values()) == {1}
    assert len(_windows(runtime)) == PEOPLE
    assert Counter(notice.window_id for notice in notices(runtime)).most_common()[0][1] == LINES
    assert messages(runtime) == []

    with runtime.database.writing() as session:
        session.execute(update(DigestWindow).values(closes_at=utc_now()))
    for point in ("before-commit", "after-commit"):
        dying = senders.start(YIZHAN_FAULT=f"digest.{point}@{tmp_path / f'digest-{point}'}")
        assert dying.wait(120) == -signal.SIGKILL
    senders.start()
    senders.start()
    until(lambda: [one.state for one in messages(runtime)] == ["sent"] * (2 * PEOPLE), seconds=200)
    arrived = mailbox.messages(channel="sms", limit=10_000)
    assert Counter(one["to"] for one in arrived) == Counter({f"+861{one.int % 10**10:010d}": 1 for one in people})
    assert all(one["text"].count(f"第{number}课") == 1 for one in arrived for number in range(LINES))
    assert {one["to"] for one in mailbox.messages(channel="email", limit=10_000)} == {
        f"{one.hex}@sample.invalid" for one in people
    }

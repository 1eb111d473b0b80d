"""A broadcast whose processes are killed while they make and send it, and that is stopped while they send."""

from collections import Counter
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select

from notifications.broadcasts.commands import approve, hand_in, write_broadcast
from notifications.broadcasts.models import Broadcast, Recipient
from notifications.broadcasts.stopping import stop
from notifications.contacts.models import Contact
from notifications.messages.queries import conservation
from notifications.testing.conditions import messages, notices, states
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.sender_processes import Senders
from shared.principal import Grant, Principal
from shared.runtime import Runtime

pytestmark = [pytest.mark.timeout(300), pytest.mark.long]
WANG = Principal(uuid4(), "王", grants=(Grant("officer", "union"),))
LI = Principal(uuid4(), "李", grants=(Grant("officer", "union"),))
PEOPLE = 1500
THREADS = 4  # of each process that carry mails


@pytest.fixture
def lease() -> int:
    return 15


def _released(runtime: Runtime) -> Broadcast:
    """Written by one, approved by another."""
    people = [uuid4() for _ in range(PEOPLE)]
    rows = [
        {"person_id": one, "name": "某某", "language": "zh-Hans", "email": f"{one.hex[:12]}@sample.invalid",
         "guardians": [], "sample": True, "updated_at": runtime.clock()}
        for one in people
    ]  # fmt: skip
    with runtime.database.writing() as session:
        session.execute(insert(Contact), rows)
    texts = {"zh-Hans": {"subject": "停水", "email": "明天停水。"}}
    audience = {"kind": "people", "person_ids": people}
    with runtime.unit_of_work(actor=WANG) as work:
        made = write_broadcast(
            work,
            body="union",
            title="停水",
            audience=audience,
            channels=["email"],
            category="announcements",
            texts=texts,
        )
        hand_in(work, made.id, runtime)
    with runtime.unit_of_work(actor=LI) as work:
        return approve(work, made.id, runtime)


def test_killed_processes_make_everybody_once_and_a_stop_cancels_the_rest(
    runtime: Runtime, senders: Senders, mailbox: Mailbox
) -> None:
    mailbox.fault("smtp", "slow", seconds=0.02)
    broadcast = _released(runtime)
    kills = 0
    senders.start()
    senders.start()

    def made() -> int:
        with runtime.reading() as session:
            assert conservation(session).holds
            found = select(func.count()).where(Recipient.broadcast_id == broadcast.id, Recipient.made_at.is_not(None))
            return session.scalar(found) or 0

    for reached in (500, 1000, PEOPLE):
        until(lambda reached=reached: made() >= reached, seconds=90)  # type: ignore[misc]
        senders.kill()
        senders.start()
        kills += 1
    assert Counter(notice.person_id for notice in notices(runtime)).most_common(1)[0][1] == 1
    assert len(messages(runtime)) == PEOPLE
    until(lambda: states(runtime).get("sent", 0) >= 20, seconds=60)
    with runtime.unit_of_work(actor=WANG) as work:
        stop(work, broadcast.id, "水管修好了")
    until(lambda: not {"pending", "sending", "unknown"} & set(states(runtime)), seconds=90)
    ended = states(runtime)
    assert ended["cancelled"] > 0
    assert sum(ended.values()) == PEOPLE
    arrived = Counter(mail["message_id"] for mail in mailbox.messages(channel="email", limit=10_000))
    assert len(arrived) >= ended["sent"]
    assert sum(arrived.values()) - len(arrived) <= kills * THREADS

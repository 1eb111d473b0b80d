"""Thousands of recipients, a million messages, and senders that are killed again and again."""

from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.event import listen, remove

from notifications.contacts.models import Contact
from notifications.messages.fan_out import announce
from notifications.messages.models import Message
from notifications.messages.queries import conservation
from notifications.messages.rules import LANES
from notifications.sending.claims import claim, due_lanes, next_in
from notifications.testing.conditions import messages, states
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.sender_processes import Senders
from shared.clock import utc_now
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.inbox import ReceivedEvent
from shared.runtime import Runtime

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
LEASE = timedelta(seconds=60)
THREADS = 4  # of each process that carry mails


def _contacts(runtime: Runtime, number: int) -> list[UUID]:
    people = [uuid4() for _ in range(number)]
    rows = [
        {
            "person_id": one,
            "name": "某某",
            "language": "zh-Hans",
            "phone": f"+861{one.int % 10**10:010d}",
            "email": f"{one.hex}@sample.invalid",
            "guardians": [],
            "sample": True,
            "updated_at": utc_now(),
        }
        for one in people
    ]
    with runtime.database.writing() as session:
        session.execute(insert(Contact.__table__), rows)  # type: ignore[arg-type]
    return people


def _tell(runtime: Runtime, people: list[UUID]) -> int:
    starts = utc_now() + timedelta(days=2)
    envelope = Envelope(
        id=new_id(),
        source="/services/activities",
        type="org.yizhan.activities.registration.confirmed.v1",
        subject=f"registration/{new_id()}",
        subjectversion=1,
        time=utc_now(),
        data={},
    )
    facts = {
        "title": {"zh": "小候鸟", "en": "x"},
        "when": {"from": starts.isoformat(), "to": None},
        "place": None,
    }
    with runtime.unit_of_work() as work:
        made = announce(work, ReceivedEvent(envelope, {}), people, facts=facts, starts_at=starts)
        assert announce(work, ReceivedEvent(envelope, {}), people[:10], facts=facts, starts_at=starts) == 0
    return made


def test_ten_thousand_are_told_of_one_event_with_a_statement_or_two_for_each_hundred(runtime: Runtime) -> None:
    people = _contacts(runtime, 10_000)
    statements: Counter[str] = Counter()

    def count(*arguments: object) -> None:
        statements[str(arguments[2]).split(" ", 1)[0]] += 1

    listen(runtime.database.engine, "before_cursor_execute", count)
    try:
        assert _tell(runtime, people) == 10_000
    finally:
        remove(runtime.database.engine, "before_cursor_execute", count)
    assert sum(statements.values()) < 1_000
    with runtime.reading() as session:
        law = conservation(session)
    assert (law.accepted, law.holds) == (20_000, True)


def test_a_claim_is_found_by_its_index_among_a_million_messages(runtime: Runtime) -> None:
    if runtime.database.dialect != "postgresql":
        pytest.skip("the plan is PostgreSQL's")
    _tell(runtime, _contacts(runtime, 40))
    with runtime.database.writing() as session:
        own = ("id", "message_id", "state", "due_at", "resting")
        names = ", ".join(column.name for column in Message.__table__.columns if column.name not in own)
        for state, due, number in (("sent", "now()", 900_000), ("pending", "now() + interval '1 day'", 100_000)):
            session.execute(text(
                f"INSERT INTO messages (id, message_id, state, due_at, resting, {names})"
                f" SELECT gen_random_uuid(), gen_random_uuid(), '{state}', {due}, true, {names}"
                f" FROM (SELECT * FROM messages ORDER BY id LIMIT 1) one, generate_series(1, {number})"
            ))  # fmt: skip
    with runtime.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
        link.execute(text("VACUUM ANALYZE messages"))
    seconds = []
    plans: list[str] = []
    with runtime.reading() as session:
        query = next_in(runtime, "email", "normal", 20)
        compiled = query.compile(runtime.database.engine, compile_kwargs={"literal_binds": True})
        for _ in range(20):
            plan = session.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}")).scalar_one()[0]
            seconds.append(plan["Execution Time"] / 1000)
            plans.append(str(plan))
    assert "ix_messages_ready" in plans[-1]
    assert "Seq Scan" not in plans[-1]
    assert sorted(seconds)[len(seconds) // 2] < 0.005
    lanes = due_lanes(runtime, "email", list(LANES))
    assert lanes == ["normal"]  # as a sender asks first: a quarter is kept for bulk only where bulk waits
    assert len(claim(runtime, "email", LEASE, 20, lanes)) == 20


def test_two_thousand_reach_everybody_through_six_kills_and_every_double_is_marked(
    runtime: Runtime, senders: Senders, mailbox: Mailbox
) -> None:
    people, kills = 2_000, 6
    _tell(runtime, _contacts(runtime, people))
    senders.start()
    senders.start()
    for number in range(kills):
        wanted = (number + 1) * people * 2 // (kills + 3)
        until(lambda wanted=wanted: _arrived(mailbox) >= wanted and _law_holds(runtime), seconds=300)  # type: ignore[misc]
        senders.kill()
        senders.start()
    until(lambda: _law_holds(runtime) and states(runtime) == {"sent": people * 2}, seconds=400)
    kept = {channel: _ids(mailbox, channel) for channel in ("sms", "email")}
    expected = {channel: set() for channel in kept}  # type: ignore[var-annotated]
    flagged = set()
    for message in messages(runtime):
        expected[message.channel].add(str(message.message_id))
        if message.maybe_duplicate:
            flagged.add(str(message.message_id))
    assert {channel: set(found) for channel, found in kept.items()} == expected
    assert set(kept["sms"].values()) == {1}
    twice = {one for one, times in kept["email"].items() if times > 1}
    assert twice <= flagged
    assert sum(kept["email"].values()) - people <= kills * THREADS


def _law_holds(runtime: Runtime) -> bool:
    with runtime.reading() as session:
        law = conservation(session)
    assert law.holds
    return True


def _arrived(mailbox: Mailbox) -> int:
    return int(mailbox.get("/api/messages", limit=1).json()["newest"])


def _ids(mailbox: Mailbox, channel: str) -> Counter[str]:
    found = mailbox.messages(channel=channel, limit=10_000)
    return Counter(message["message_id"].strip("<>").partition("@")[0] for message in found)

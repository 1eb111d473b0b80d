"""Thousands of recipients, a million messages, and senders that are killed again and again."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.event import listen, remove

from notifications.messages.models import Message
from notifications.messages.queries import conservation
from notifications.messages.rules import LANES
from notifications.sending.claims import claim, due_lanes, next_in
from notifications.sending.settings import SendingSettings
from notifications.testing.conditions import messages
from notifications.testing.crowds import arrivals, bury, tell, write_contacts
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.sender_processes import Senders
from shared.database.leases import database_now
from shared.runtime import Runtime

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]
LEASE = timedelta(seconds=60)
THREADS = 4  # of each process that carry mails


@pytest.fixture
def lease() -> int:
    return 15


def test_ten_thousand_are_told_of_one_event_with_a_statement_or_two_for_each_hundred(runtime: Runtime) -> None:
    people = write_contacts(runtime, 10_000)
    statements: Counter[str] = Counter()

    def count(*arguments: object) -> None:
        statements[str(arguments[2]).split(" ", 1)[0]] += 1

    listen(runtime.database.engine, "before_cursor_execute", count)
    try:
        assert tell(runtime, people) == 10_000
    finally:
        remove(runtime.database.engine, "before_cursor_execute", count)
    assert sum(statements.values()) < 1_000
    with runtime.reading() as session:
        law = conservation(session)
    assert (law.accepted, law.holds) == (20_000, True)


def test_a_claim_is_found_by_its_index_among_a_million_messages(runtime: Runtime) -> None:
    if runtime.database.dialect != "postgresql":
        pytest.skip("the plan is PostgreSQL's")
    tell(runtime, write_contacts(runtime, 40))
    bury(runtime, sent=900_000, later=100_000)
    with runtime.reading() as session:
        compiled = next_in(runtime, "email", "normal", 20).compile(
            runtime.database.engine, compile_kwargs={"literal_binds": True}
        )
        plan = str(session.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}")).scalar_one()[0])
    assert "ix_messages_ready" in plan
    assert "Seq Scan" not in plan
    assert "'Sort'" not in plan  # the index is in the order of the queue
    lanes = due_lanes(runtime, "email", list(LANES))
    assert lanes == ["normal"]  # as a sender asks first: a quarter is kept for bulk only where bulk waits
    assert len(claim(runtime, "email", LEASE, 20, lanes)) == 20


@pytest.mark.parametrize(("people", "phones"), [(2_000, True), (10_000, False)])
def test_thousands_are_all_reached_through_six_kills_and_every_double_is_marked(
    runtime: Runtime, senders: Senders, mailbox: Mailbox, people: int, phones: bool
) -> None:
    kills, total = 6, people * (2 if phones else 1)
    tell(runtime, write_contacts(runtime, people, phones=phones))
    senders.start()
    senders.start()
    for number in range(kills):
        wanted = (number + 1) * total // (kills + 3)
        until(lambda wanted=wanted: _arrived(mailbox) >= wanted and _law_holds(runtime), seconds=500)  # type: ignore[misc]
        senders.kill()
        senders.start()
    until(lambda: _law_holds(runtime) and _all_sent(runtime, total), seconds=700)
    kept = {channel: arrivals(mailbox, channel) for channel in (("sms", "email") if phones else ("email",))}
    expected = {channel: set() for channel in kept}  # type: ignore[var-annotated]
    flagged = set()
    for message in messages(runtime):
        expected[message.channel].add(str(message.message_id))
        if message.maybe_duplicate:
            flagged.add(str(message.message_id))
    assert {channel: set(found) for channel, found in kept.items()} == expected
    assert set(kept.get("sms", {"": 1}).values()) == {1}
    twice = {one for one, times in kept["email"].items() if times > 1}
    assert twice <= flagged
    assert sum(kept["email"].values()) - people <= kills * THREADS


def _law_holds(runtime: Runtime) -> bool:
    """Nothing is lost, and what a sender holds comes free within its lease, should it be dead."""
    with runtime.reading() as session:
        law = conservation(session)
        held = select(func.max(Message.due_at)).where(Message.state == "sending").scalar_subquery()
        lease = SendingSettings.of(runtime.settings).lease
        freed = session.execute(select(held, database_now(runtime.database.dialect, lease))).one()
    assert law.holds
    assert freed[0] is None or freed[0] <= freed[1]
    return True


def _all_sent(runtime: Runtime, total: int) -> bool:
    with runtime.reading() as session:
        return conservation(session).states["sent"] == total


def _arrived(mailbox: Mailbox) -> int:
    return int(mailbox.get("/api/messages", limit=1).json()["newest"])

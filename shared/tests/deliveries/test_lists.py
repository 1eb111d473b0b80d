"""Finding deliveries: by kind, by what is searched for, page by page, and in agreement with the metrics."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from shared.bus.messages import Outcome
from shared.database.tables import InboxRow, OutboxRow
from shared.deliveries import lists
from shared.deliveries.ages import ages
from shared.deliveries.kinds import ATTENTION, HANDLED, KINDS, PUBLISHED, REFUSED, RETRYING, UNROUTED, WAITING
from shared.deliveries.lists import counts, list_page
from shared.deliveries.searching import Search, as_uuid, sources
from shared.deliveries.words import UNROUTED as UNROUTED_WORDS
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.testing.delivery import HandMadeMessage, take_in
from shared.testing.example import name_thing
from shared.testing.fakes import SettableClock

Arrive = Callable[..., Envelope]


def found(runtime: Runtime, kind: str, **search: object) -> list[UUID]:
    with runtime.reading() as session:
        rows = list_page(session, runtime.service, KINDS[kind], Search(**search)).rows  # type: ignore[arg-type]
        return [row.event_id for row in rows]


def test_each_event_is_in_the_list_of_its_kind(
    reader: Runtime, arrive: Arrive, fail_for_good: Callable[[], None]
) -> None:
    thing = new_id()
    poisoned, behind = arrive("poison", thing), arrive("after", thing)
    fail_for_good()
    retried, done = arrive("poison"), arrive()
    kinds = {kind: found(reader, kind) for kind in ("attention", "waiting", "retrying", "handled")}
    assert kinds == {
        "attention": [poisoned.id],
        "waiting": [behind.id],
        "retrying": [retried.id],
        "handled": [done.id],
    }


@pytest.mark.parametrize(
    "search",
    [
        lambda made: {"words": str(made.id)},
        lambda made: {"words": str(made.id)[:30]},
        lambda made: {"words": f" {made.subject_id} "},
        lambda made: {"words": made.subject},
        lambda made: {"words": made.correlationid},
        lambda made: {"subject": made.subject},
        lambda made: {"correlation": made.correlationid},
        lambda made: {"publisher": "publisher", "subject": made.subject},
        lambda made: {"type": made.type, "words": str(made.id)},
        lambda made: {"since": made.time - timedelta(seconds=1), "until": made.time + timedelta(seconds=1)},
    ],
)
def test_an_event_is_found_by_what_somebody_knows_of_it(
    reader: Runtime, arrive: Arrive, clock: SettableClock, search: Callable[[Envelope], dict[str, object]]
) -> None:
    arrive()
    clock.advance(minutes=10)
    made = arrive()
    clock.advance(minutes=10)
    arrive()
    assert found(reader, "handled", **search(made)) == [made.id]


@pytest.mark.parametrize(
    "search",
    [
        {"words": "no such words"},
        {"words": "%"},
        {"words": str(UUID(int=7))},
        {"words": "thing/" + str(UUID(int=7))},
        {"publisher": "nobody"},
        {"type": "thing.named"},
        {"subject": "thing/x"},
        {"correlation": "x"},
    ],
)
def test_what_does_not_fit_is_left_out(reader: Runtime, arrive: Arrive, search: dict[str, str]) -> None:
    arrive()
    assert found(reader, "handled", **search) == []


@pytest.mark.parametrize("kind", [ATTENTION, RETRYING, WAITING, HANDLED])
def test_pages_follow_each_other_without_gap_or_repetition(reader: Runtime, clock: SettableClock, kind) -> None:
    fill_inbox(reader, 25, kind.name)
    seen, cursor = [], None
    while True:
        with reader.reading() as session:
            page = list_page(session, reader.service, kind, cursor=cursor, limit=10)
        assert len(page.rows) <= 10
        seen += [row.id for row in page.rows]
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(set(seen))
    assert len(seen) == 25
    assert seen == sorted(seen, reverse=kind.newest_first)


def test_what_is_finished_is_looked_through_a_stretch_at_a_time(
    reader: Runtime, monkeypatch: pytest.MonkeyPatch, clock: SettableClock
) -> None:
    monkeypatch.setattr(lists, "STRETCH", 10)
    fill_inbox(reader, 25, "handled")
    with reader.database.writing() as session:
        session.execute(update(InboxRow).where(InboxRow.id == 3).values(type="org.yizhan.publisher.rare.v1"))
    search, looked, cursor = Search(type="org.yizhan.publisher.rare.v1"), [], None
    for _ in range(3):
        with reader.reading() as session:
            page = list_page(session, reader.service, HANDLED, search, cursor=cursor)
        looked.append(([row.id for row in page.rows], page.looked_back_to is not None))
        cursor = page.cursor
    assert (looked, cursor) == ([([], True), ([], True), ([3], False)], None)


def test_since_and_until_bound_what_is_looked_through(
    reader: Runtime, monkeypatch: pytest.MonkeyPatch, clock: SettableClock
) -> None:
    monkeypatch.setattr(lists, "STRETCH", 10)
    start = clock()
    fill_inbox(reader, 100, "handled", apart=timedelta(hours=1))
    for since, until, expected in (
        (None, timedelta(hours=3), [3, 2, 1]),
        (timedelta(hours=50), timedelta(hours=53), [53, 52, 51]),
        (timedelta(hours=98), None, [100, 99]),
    ):
        search = Search(since=start + since if since else None, until=start + until if until else None)
        with reader.reading() as session:
            page = list_page(session, reader.service, HANDLED, search)
        assert [row.id for row in page.rows] == expected


def test_counts_stop_where_nobody_counts_on(reader: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNTED", 5)
    fill_inbox(reader, 8, "waiting")
    with reader.reading() as session:
        assert counts(session, reader.service)["waiting"] == 6


def test_the_page_and_the_metrics_agree(
    reader: Runtime, arrive: Arrive, clock: SettableClock, fail_for_good: Callable[[], None]
) -> None:
    arrive("poison")
    fail_for_good()
    arrive("poison")
    clock.advance(minutes=3)
    with reader.database.writing() as session:
        queue = "reader.publisher-events"
        take_in(session, [HandMadeMessage(queue, b"{")], sources={queue: "/services/publisher"}, now=clock())
        session.add(outbox_row(reader, clock, unrouted=True))
        session.add(outbox_row(reader, clock))
    clock.advance(minutes=2)
    with reader.reading() as session:
        counted, gauges = counts(session, reader.service), ages(session, clock())
    assert (gauges["inbox_attention"], gauges["outbox_unrouted"], gauges["refused_unseen"]) == (1, 1, 1)
    assert {kind.name: counted[kind.name] for kind in (ATTENTION, UNROUTED, REFUSED)} == {
        "attention": 1,
        "unrouted": 1,
        "refused": 1,
    }
    assert counted["retrying"] == counted["unpublished"] == 1
    assert gauges["inbox_oldest_seconds"] == timedelta(minutes=5)
    assert gauges["outbox_oldest_seconds"] == timedelta(minutes=2)


def test_a_publisher_finds_its_own_events(publisher: Runtime, clock: SettableClock) -> None:
    thing = new_id()
    with publisher.unit_of_work() as work:
        name_thing(work, thing, "lamp")
        name_thing(work, new_id(), "chair")
    assert len(found(publisher, "unpublished")) == 2
    assert len(found(publisher, "unpublished", words=str(thing))) == 1
    with publisher.database.writing() as session:
        session.execute(update(OutboxRow).values(published_at=clock()))
    assert len(found(publisher, PUBLISHED.name, subject=f"thing/{thing}")) == 1
    assert found(publisher, PUBLISHED.name, publisher="reader") == []


def test_whose_events_are_here_is_known_without_reading_them_all(reader: Runtime, arrive: Arrive) -> None:
    with reader.reading() as session:
        assert sources(session) == []
    arrive()
    arrive()
    with reader.reading() as session:
        assert sources(session) == ["/services/publisher"]


def test_every_reason_that_the_bus_gives_has_words() -> None:
    assert set(UNROUTED_WORDS) == {outcome.value for outcome in Outcome if outcome.is_final}


@pytest.mark.parametrize("text", ["", "1234", "x" * 36, "g" * 32])
def test_what_is_no_uuid_is_none(text: str) -> None:
    assert as_uuid(text) is None


def fill_inbox(reader: Runtime, number: int, kind: str, apart: timedelta = timedelta(seconds=1)) -> None:
    now = reader.clock()
    states = {"attention": ("attention", 10), "retrying": ("waiting", 3), "waiting": ("waiting", 0)}
    status, attempts = states.get(kind, ("done", 0))
    with reader.database.writing() as session:
        assert session.execute(select(InboxRow.id)).first() is None
        session.execute(
            insert(InboxRow),
            [
                {
                    "source": "/services/publisher",
                    "event_id": new_id(),
                    "type": "org.yizhan.publisher.thing.named.v1",
                    "subject": f"thing/{new_id()}",
                    "subjectversion": 1,
                    "digest": b"d" * 32,
                    "queue": "reader.publisher-events",
                    "received_at": now + place * apart,
                    "status": status,
                    "attempts": attempts,
                    "next_attempt_at": now + place // 3 * apart,
                }
                for place in range(number)
            ],
        )


def outbox_row(reader: Runtime, clock: SettableClock, *, unrouted: bool = False) -> OutboxRow:
    return OutboxRow(
        event_id=new_id(),
        exchange="publisher.requests",
        routing_key="reader.snapshot.requested.v1",
        type="org.yizhan.reader.snapshot.requested.v1",
        subject=f"snapshot-request/{new_id()}",
        subjectversion=1,
        correlation_id="r",
        body="{}",
        recorded_at=clock(),
        unrouted_at=clock() if unrouted else None,
    )

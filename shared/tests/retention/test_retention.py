"""What is old is forgotten, bodies before rows; what waits for anything is left alone however old."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from shared import retention
from shared.database.migrate import differences
from shared.database.tables import InboxRow, OutboxRow, RefusedMessage, SnapshotAnswer
from shared.deliveries.decisions import resend_events
from shared.identifiers import new_id
from shared.retention import BATCH, Kept, forget
from shared.runtime import Runtime
from shared.testing.delivery import receive, work_off
from shared.testing.example import READER, Note
from shared.testing.fakes import SettableClock

KEPT = Kept()


@pytest.fixture
def runtime(reader: Runtime) -> Runtime:
    return reader


def add(runtime: Runtime, model: Any, *rows: dict[str, Any]) -> None:
    with runtime.database.writing() as session:
        session.execute(insert(model), [*rows])


def outbox(recorded: datetime, **more: Any) -> dict[str, Any]:
    return {
        "event_id": new_id(),
        "exchange": "reader.events",
        "routing_key": "k",
        "type": "t",
        "subject": "thing/1",
        "subjectversion": 1,
        "correlation_id": "c",
        "body": "{}",
        "recorded_at": recorded,
        "published_at": None,
        "unrouted_at": None,
        **more,
    }


def inbox(received: datetime, status: str, finished: datetime | None = None) -> dict[str, Any]:
    return {
        "source": "/services/publisher",
        "event_id": new_id(),
        "type": "t",
        "subject": f"thing/{new_id()}",
        "subjectversion": 1,
        "digest": b"d" * 32,
        "body": "{}",
        "queue": "q",
        "received_at": received,
        "status": status,
        "attempts": 0,
        "next_attempt_at": received,
        "finished_at": finished,
    }


def bodies(runtime: Runtime, model: Any) -> list[str | None]:
    with runtime.reading() as session:
        return list(session.scalars(select(model.body).order_by(model.id)))


def test_the_body_of_a_published_event_goes_first_and_its_row_later(runtime: Runtime, clock: SettableClock) -> None:
    add(runtime, OutboxRow, outbox(clock.now, published_at=clock.now))
    clock.advance(days=30)
    assert forget(runtime, KEPT) == 0
    clock.advance(seconds=1)
    assert forget(runtime, KEPT) == 1
    assert bodies(runtime, OutboxRow) == [None]
    assert forget(runtime, KEPT) == 0
    clock.advance(days=150)
    assert forget(runtime, KEPT) == 1
    assert bodies(runtime, OutboxRow) == []


def test_what_is_not_published_is_kept_however_old(runtime: Runtime, clock: SettableClock) -> None:
    add(runtime, OutboxRow, outbox(clock.now), outbox(clock.now, unrouted_at=clock.now, unrouted_because="no-queue"))
    clock.advance(days=1000)
    assert forget(runtime, KEPT) == 0
    assert bodies(runtime, OutboxRow) == ["{}", "{}"]


def test_an_event_that_was_sent_again_is_kept_from_then_on(runtime: Runtime, clock: SettableClock) -> None:
    early = clock.now
    add(runtime, OutboxRow, outbox(early, unrouted_at=early), outbox(early, published_at=early))
    clock.advance(days=40)
    with runtime.unit_of_work() as work:
        resend_events(work, [1])
        work.session.get_one(OutboxRow, 1).published_at = clock.now
    assert forget(runtime, KEPT) == 1
    assert bodies(runtime, OutboxRow) == ["{}", None]
    clock.advance(days=31)
    assert forget(runtime, KEPT) == 1
    assert bodies(runtime, OutboxRow) == [None, None]


@pytest.mark.parametrize("status", ["done", "passed", "late", "skipped"])
def test_a_processed_event_loses_its_body_and_is_still_known(
    runtime: Runtime, clock: SettableClock, status: str
) -> None:
    add(runtime, InboxRow, inbox(clock.now, status, clock.now))
    clock.advance(days=31)
    assert forget(runtime, KEPT) == 1
    with runtime.reading() as session:
        row = session.scalars(select(InboxRow)).one()
    assert (row.body, row.digest) == (None, b"d" * 32)
    clock.advance(days=150)
    assert forget(runtime, KEPT) == 1
    assert bodies(runtime, InboxRow) == []


@pytest.mark.parametrize("status", ["waiting", "attention"])
def test_what_waits_for_its_turn_or_for_a_person_is_kept_however_old(
    runtime: Runtime, clock: SettableClock, status: str
) -> None:
    add(runtime, InboxRow, inbox(clock.now, status))
    clock.advance(days=1000)
    assert forget(runtime, KEPT) == 0
    assert bodies(runtime, InboxRow) == ["{}"]


def test_a_double_of_an_event_without_its_body_has_no_second_effect(runtime: Runtime, clock: SettableClock) -> None:
    thing: UUID = new_id()
    data = {"thing_id": str(thing), "name": "lamp"}
    first = receive(runtime, "publisher", "thing.named", thing, data)
    clock.advance(days=31)
    assert forget(runtime, KEPT) == 1
    receive(runtime, "publisher", "thing.named", thing, data, version=1, event_id=first.id)
    work_off(runtime)
    with runtime.reading() as session:
        assert len(session.scalars(select(Note)).all()) == 1
        assert session.scalars(select(RefusedMessage)).all() == []


def test_refusals_go_only_after_somebody_noted_them(runtime: Runtime, clock: SettableClock) -> None:
    common = {
        "queue": "q",
        "received_at": clock.now,
        "reason": "r",
        "detail": "d",
        "headers": {},
        "body": b"",
        "size": 0,
    }
    add(runtime, RefusedMessage, {**common, "seen_at": None}, {**common, "seen_at": clock.now})
    clock.advance(days=91)
    assert forget(runtime, KEPT) == 1
    with runtime.reading() as session:
        assert [row.seen_at for row in session.scalars(select(RefusedMessage))] == [None]


def test_answers_go_only_after_they_were_given(runtime: Runtime, clock: SettableClock) -> None:
    common = {"asker": "a", "queue": "q", "noun": "n", "sent": 0, "correlation_id": "c", "asked_at": clock.now}
    add(
        runtime,
        SnapshotAnswer,
        {**common, "request_id": new_id(), "finished_at": None},
        {**common, "request_id": new_id(), "finished_at": clock.now},
    )
    clock.advance(days=31)
    assert forget(runtime, KEPT) == 1
    with runtime.reading() as session:
        assert [row.finished_at for row in session.scalars(select(SnapshotAnswer))] == [None]


def test_a_run_takes_a_batch_and_says_that_there_may_be_more(runtime: Runtime, clock: SettableClock) -> None:
    add(runtime, OutboxRow, *[outbox(clock.now, published_at=clock.now) for _ in range(BATCH + 3)])
    clock.advance(days=31)
    assert [forget(runtime, KEPT) for _ in range(3)] == [BATCH, 3, 0]


def test_every_worker_forgets_by_the_settings_of_its_environment(
    make_runtime: Callable[..., Runtime], clock: SettableClock
) -> None:
    runtime = make_runtime(READER, KEEP_BODIES_DAYS="2", KEEP_EVENTS_DAYS="3")
    add(runtime, OutboxRow, outbox(clock.now, published_at=clock.now))
    clock.advance(days=2, seconds=1)
    timer = retention.timer(runtime)
    assert timer.run(runtime) == 1
    assert bodies(runtime, OutboxRow) == [None]


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"KEEP_BODIES_DAYS": "0"}, "KEEP_BODIES_DAYS must be a whole number"),
        ({"KEEP_REFUSALS_DAYS": "ninety"}, "KEEP_REFUSALS_DAYS must be a whole number"),
        ({"KEEP_EVENTS_DAYS": "29"}, "KEEP_EVENTS_DAYS must not be less than KEEP_BODIES_DAYS"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_by_its_name(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Kept.from_environment(environ)


def test_the_usual_times() -> None:
    assert Kept.from_environment({}) == Kept(
        timedelta(days=30), timedelta(days=180), timedelta(days=90), timedelta(days=30)
    )


def test_tables_and_migrations_agree(runtime: Runtime) -> None:
    assert [difference for difference in differences(READER, runtime.database) if "notes" not in str(difference)] == []

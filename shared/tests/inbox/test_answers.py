"""Requests for snapshots: answered page by page, once, to the queue that asked, and going on after a failure."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from shared.database.tables import InboxRow, OutboxRow, SnapshotAnswer
from shared.identifiers import new_id
from shared.inbox import answers
from shared.inbox.answers import Page, write_page
from shared.inbox.failures import MAX_ATTEMPTS
from shared.runtime import Runtime
from shared.testing.delivery import recorded, request, work_off, write_pages
from shared.testing.example import name_thing
from shared.testing.fakes import SettableClock

QUEUE = "reader.publisher-events"
NUMBER = 25


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PAGE", 10)


@pytest.fixture
def things(publisher: Runtime) -> list[UUID]:
    made = [new_id() for _ in range(NUMBER)]
    with publisher.unit_of_work() as work:
        for thing in made:
            name_thing(work, thing, "lamp")
    return made


def ask(publisher: Runtime, asker: str = "reader", queue: str = QUEUE, **data: Any) -> InboxRow:
    return request(publisher, asker, **{"noun": "thing", "queue": queue, "subject": None, **data})


def sent_to(publisher: Runtime, queue: str) -> list[str]:
    """The subjects whose snapshots were recorded for this queue, in their order."""
    with publisher.reading() as session:
        chosen = select(OutboxRow.subject).where(OutboxRow.routing_key == queue).order_by(OutboxRow.id)
        return list(session.scalars(chosen))


def subjects(things: list[UUID]) -> list[str]:
    return sorted(f"thing/{thing}" for thing in things)


def test_a_noun_is_answered_in_pages_of_one_commit_each(publisher: Runtime, things: list[UUID]) -> None:
    assert ask(publisher).status == "done"
    assert sent_to(publisher, QUEUE) == []
    sizes = []
    while write_page(publisher) is Page.WRITTEN:
        sizes.append(len(sent_to(publisher, QUEUE)))
    assert sizes == [10, 20, 25, 25]
    assert sent_to(publisher, QUEUE) == subjects(things)


def test_a_page_that_was_not_committed_is_written_again_and_no_other(
    publisher: Runtime, things: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(publisher)
    assert write_page(publisher) is Page.WRITTEN

    def power_cut(point: str) -> None:
        raise KeyboardInterrupt(point)

    with monkeypatch.context() as patched:
        patched.setattr("shared.faults.reach", power_cut)
        with pytest.raises(KeyboardInterrupt):
            write_page(publisher)
    assert len(sent_to(publisher, QUEUE)) == 10
    write_pages(publisher)
    assert sent_to(publisher, QUEUE) == subjects(things)


def test_the_same_request_again_is_no_second_answer(publisher: Runtime, things: list[UUID]) -> None:
    ask(publisher)
    write_page(publisher)
    ask(publisher)
    write_pages(publisher)
    with publisher.reading() as session:
        told = sorted(session.scalars(select(SnapshotAnswer.sent)))
    # The second one begins at the start, because whoever asks again may have lost the first page; the first one ends.
    assert told == [10, NUMBER]


def test_two_consumers_are_answered_side_by_side_and_each_gets_its_own(publisher: Runtime, things: list[UUID]) -> None:
    other = "stranger.publisher-events"
    ask(publisher)
    write_page(publisher)
    ask(publisher, "stranger", other)
    assert (len(sent_to(publisher, QUEUE)), len(sent_to(publisher, other))) == (10, 0)
    write_page(publisher)
    assert (len(sent_to(publisher, QUEUE)), len(sent_to(publisher, other))) == (10, 10)
    write_pages(publisher)
    assert sent_to(publisher, QUEUE) == sent_to(publisher, other) == subjects(things)


def test_one_subject_is_answered_at_once(publisher: Runtime, things: list[UUID]) -> None:
    ask(publisher, subject=f"thing/{things[3]}")
    assert sent_to(publisher, QUEUE) == [f"thing/{things[3]}"]


def test_no_page_is_written_while_the_outbox_is_full(
    publisher: Runtime, things: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "ENOUGH_PENDING", NUMBER - 1)
    ask(publisher)
    assert write_page(publisher) is Page.NOT_NOW
    assert write_page(publisher, even_if_full=True) is Page.WRITTEN
    with publisher.database.writing() as session:
        session.execute(update(OutboxRow).values(published_at=publisher.clock()))
    assert write_page(publisher) is Page.WRITTEN


def test_a_page_that_fails_is_tried_again_and_then_shown_to_staff(
    publisher: Runtime, things: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = publisher.service.snapshots["thing"]

    def broken(session: Any, after: UUID | None, only: UUID | None, limit: int) -> Any:
        found = provider(session, after, only, limit)
        return found if after is None else [(found[0][0], {"name": "no id"})]

    publisher.clock = clock = SettableClock(publisher.clock())
    row = ask(publisher)
    with monkeypatch.context() as patched:
        patched.setitem(publisher.service.snapshots, "thing", broken)
        for _ in range(MAX_ATTEMPTS):
            write_pages(publisher)
            clock.now = clock() + timedelta(minutes=10)
            work_off(publisher)
    with publisher.database.writing() as session:
        failed = session.scalars(select(InboxRow).where(InboxRow.event_id == row.event_id)).one()
        assert (failed.status, failed.attempts) == ("attention", MAX_ATTEMPTS)
        assert str(failed.error).startswith("NotAsDeclared: thing.snapshot")
        failed.status = "waiting"
    assert write_page(publisher) is Page.NOTHING
    work_off(publisher)
    write_pages(publisher)
    assert sent_to(publisher, QUEUE) == subjects(things)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"noun": "ghost"}, "ValueError: there are no snapshots of 'ghost'"),
        ({"queue": "other.publisher-events"}, "ValueError: reader asked for another service's queue"),
        ({"name": "coffee.requested"}, "ValueError: there is no request called 'coffee.requested.v1'"),
    ],
)
def test_a_request_that_cannot_be_answered_shows_why(publisher: Runtime, asked: dict[str, Any], error: str) -> None:
    row = ask(publisher, **asked)
    assert (row.status, row.attempts, row.error) == ("waiting", 1, error)


def test_a_snapshot_carries_the_correlation_of_its_request(publisher: Runtime, things: list[UUID]) -> None:
    row = ask(publisher)
    write_pages(publisher)
    snapshots = recorded(publisher, "thing.snapshot")
    assert {each.correlationid for each in snapshots} == {row.correlation_id}
    assert {each.causationid for each in snapshots} == {str(row.event_id)}

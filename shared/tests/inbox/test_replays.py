"""Events that were lost with a queue: sent once more to that queue alone, before snapshots, each with one effect."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from shared.clock import utc_now
from shared.database.tables import OutboxRow, SnapshotAnswer
from shared.events.envelope import Envelope
from shared.identifiers import lowest_id, made_at, new_id
from shared.inbox import answers
from shared.inbox.answers import Page, write_page
from shared.operations.command_line import command_line
from shared.runtime import Runtime
from shared.testing.delivery import hand_over, recorded, request, work_off, write_pages
from shared.testing.example import Note, name_thing
from shared.testing.fakes import SettableClock

QUEUE = "reader.publisher-events"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PAGE", 10)


def name(publisher: Runtime, thing: UUID, *names: str) -> list[Envelope]:
    """Record these names of one thing; the events."""
    before = len(recorded(publisher, "thing.named"))
    for each in names:
        with publisher.unit_of_work() as work:
            name_thing(work, thing, each)
    return recorded(publisher, "thing.named")[before:]


def published(publisher: Runtime) -> None:
    """What is recorded is on its way: some of it confirmed, some taken by nobody."""
    with publisher.database.writing() as session:
        session.execute(update(OutboxRow).where(OutboxRow.unrouted_at.is_(None)).values(published_at=utc_now()))


def asked(publisher: Runtime, asker: str = "reader", queue: str = QUEUE, **data: Any) -> Any:
    since = (utc_now() - HOUR).isoformat()
    return request(publisher, asker, "replay.requested", **{"queue": queue, "since": since, **data})


def copies(publisher: Runtime, queue: str = QUEUE, pending: bool = True) -> list[OutboxRow]:
    with publisher.reading() as session:
        chosen = select(OutboxRow).where(OutboxRow.routing_key == queue).order_by(OutboxRow.id)
        return [row for row in session.scalars(chosen) if not pending or row.published_at is None]


def notes(reader: Runtime) -> list[str]:
    with reader.reading() as session:
        return list(session.scalars(select(Note.text).order_by(Note.id)))


def test_ids_tell_when_they_were_made() -> None:
    before = utc_now()
    made = new_id()
    assert abs(made_at(made) - before) < timedelta(seconds=5)
    assert lowest_id(before) < made < lowest_id(before + timedelta(seconds=5))


def test_recorded_events_are_sent_again_under_their_ids_to_the_asking_queue(publisher: Runtime) -> None:
    events = [each for _ in range(7) for each in name(publisher, new_id(), "one", "two", "three")]
    published(publisher)
    assert asked(publisher).status == "done"
    assert write_pages(publisher) == 4
    sent = copies(publisher)
    assert [row.event_id for row in sent] == [event.id for event in events]
    assert {(row.exchange, row.routing_key) for row in sent} == {("publisher.snapshots", QUEUE)}
    assert [row.body for row in sent] == [event.to_json() for event in events]


def test_an_event_that_is_just_being_published_is_waited_for(publisher: Runtime) -> None:
    name(publisher, new_id(), "one")
    published(publisher)
    name(publisher, new_id(), "two")
    asked(publisher)
    assert [write_page(publisher), write_page(publisher)] == [Page.WRITTEN, Page.NOT_NOW]
    published(publisher)
    assert write_pages(publisher) == 2
    assert len(copies(publisher, pending=False)) == 2


def test_what_is_too_old_or_has_no_body_any_more_does_not_come(publisher: Runtime) -> None:
    old, bare, kept = (name(publisher, new_id(), each)[0] for each in ("old", "bare", "kept"))
    published(publisher)
    with publisher.database.writing() as session:
        session.execute(update(OutboxRow).where(OutboxRow.event_id == bare.id).values(body=None))
    asked(publisher, since=(made_at(old.id) + timedelta(milliseconds=1)).isoformat())
    write_pages(publisher)
    assert [row.event_id for row in copies(publisher)] == [kept.id]


def test_a_second_replay_sends_again_and_no_copy_of_a_copy(publisher: Runtime) -> None:
    [event] = name(publisher, new_id(), "lamp")
    published(publisher)
    for queue in (QUEUE, QUEUE, "stranger.publisher-events"):
        asked(publisher, queue.partition(".")[0], queue)
        write_pages(publisher)
        assert [row.event_id for row in copies(publisher, queue)] == [event.id]
        published(publisher)


def test_lost_events_come_before_snapshots_and_have_their_effects(publisher: Runtime, reader: Runtime) -> None:
    thing = new_id()
    first, *lost = name(publisher, thing, "one", "two", "three")
    hand_over(reader, first)
    published(publisher)
    request(publisher, "reader", noun="thing", queue=QUEUE)
    asked(publisher)
    write_pages(publisher)
    with publisher.reading() as session:
        order = select(OutboxRow.type).where(OutboxRow.routing_key == QUEUE).order_by(OutboxRow.id)
        assert [each.rpartition(".v")[0].rpartition(".")[2] for each in session.scalars(order)] == [
            *["named"] * 3,
            "snapshot",
        ]
    [snapshot] = recorded(publisher, "thing.snapshot")
    hand_over(reader, first, *lost, snapshot)
    assert notes(reader) == ["one", "two", "three", "snapshot three"]


def test_no_snapshot_of_one_subject_overtakes_a_replay(publisher: Runtime) -> None:
    thing = new_id()
    name(publisher, thing, "one")
    published(publisher)
    asked(publisher)
    request(publisher, "reader", noun="thing", queue=QUEUE, subject=f"thing/{thing}")
    assert copies(publisher) == []
    write_pages(publisher)
    request(publisher, "reader", noun="thing", queue=QUEUE, subject=f"thing/{thing}")
    assert [row.type.rpartition(".v")[0].rpartition(".")[2] for row in copies(publisher)] == ["named", "snapshot"]


def test_a_snapshot_swallows_no_event_that_closes_the_gap_itself(publisher: Runtime, reader: Runtime) -> None:
    reader.clock = clock = SettableClock(utc_now())
    thing = new_id()
    one, two, three, four = name(publisher, thing, "one", "two", "three", "four")
    hand_over(reader, one, four)
    request(publisher, "reader", noun="thing", queue=QUEUE, subject=f"thing/{thing}")
    [snapshot] = recorded(publisher, "thing.snapshot")
    hand_over(reader, two, three, snapshot)
    clock.advance(minutes=1)
    work_off(reader)
    assert notes(reader) == ["one", "two", "three", "four", "snapshot four"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"queue": "other.things"}, "ValueError: reader asked for another service's queue"),
        ({"exchange": "publisher.contacts"}, "ValueError: nothing is published on 'publisher.contacts'"),
        ({"since": "2026-11-23T08:00:00"}, "ValidationError: {'since': ['Not a valid aware datetime.']}"),
    ],
)
def test_a_replay_that_cannot_be_given_shows_why(publisher: Runtime, data: dict[str, Any], error: str) -> None:
    row = asked(publisher, **data)
    assert (row.status, row.error) == ("waiting", error)


def test_a_replay_is_asked_for_from_the_command_line(reader: Runtime, publisher: Runtime) -> None:
    settings = reader.settings
    environ = {"DATABASE_URL": settings.database_url, "YIZHAN_VAR": str(settings.var), "BUS_URL": settings.bus_url}
    group = command_line("shared.testing.example:READER")
    arguments = ["ask-for-replay", "publisher", "--since", "2026-11-23T08:00:00"]
    answer = CliRunner().invoke(group, arguments, env=environ)
    assert (answer.exit_code, answer.output) == (
        0,
        "asked publisher for publisher.events since 2026-11-23T08:00:00+08:00\n",
    )
    [envelope] = recorded(reader)
    request(publisher, "reader", "replay.requested", **envelope.data)
    with publisher.reading() as session:
        [noted] = session.scalars(select(SnapshotAnswer))
    assert (noted.queue, noted.noun) == (QUEUE, "replay publisher.events")
    assert made_at(noted.after).isoformat() == "2026-11-23T00:00:00+00:00"
    wrong = CliRunner().invoke(group, ["ask-for-replay", "publisher", "--since", "yesterday"], env=environ)
    assert "Invalid isoformat string" in wrong.output

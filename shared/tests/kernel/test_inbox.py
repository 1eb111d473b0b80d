"""The inbox: one effect for each event, in the order of each subject, whatever arrives."""

import json
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.database.tables import InboxPosition, InboxRow, OutboxRow, RefusedMessage
from shared.identifiers import new_id
from shared.inbox.attention import retry, skip
from shared.inbox.failures import MAX_ATTEMPTS
from shared.inbox.following import GAP_GRACE
from shared.inbox.intake import TakenIn, take_batch, take_in
from shared.runtime import Runtime
from shared.testing.delivery import HandMadeMessage, event, hand_over, receive, recorded, request, work_off
from shared.testing.example import Note, name_thing
from shared.testing.fakes import SettableClock

QUEUE = "reader.publisher-events"
SOURCES = {QUEUE: "/services/publisher"}


def notes(reader: Runtime) -> list[str]:
    with reader.reading() as session:
        return list(session.scalars(select(Note.text).order_by(Note.id)))


def named(reader: Runtime, thing: UUID, name: str, version: int | None = None):
    return event(
        "publisher",
        "thing.named",
        thing,
        {"thing_id": str(thing), "name": name},
        runtime=reader,
        version=version,
    )


def arrive(reader: Runtime, *messages: HandMadeMessage) -> TakenIn:
    with reader.database.writing() as session:
        return take_in(session, messages, sources=SOURCES, now=reader.clock())


def message(envelope) -> HandMadeMessage:
    return HandMadeMessage(QUEUE, envelope.to_json().encode())


def test_an_event_has_its_effect_once_however_often_it_arrives(reader: Runtime) -> None:
    envelope = named(reader, new_id(), "lamp")
    hand_over(reader, envelope, envelope)
    hand_over(reader, envelope)
    assert notes(reader) == ["lamp"]


def test_events_of_one_subject_are_followed_in_their_order(reader: Runtime) -> None:
    thing = new_id()
    first, second, third = (named(reader, thing, str(n), version=n) for n in (1, 2, 3))
    hand_over(reader, third, first)
    assert notes(reader) == ["1"]
    hand_over(reader, second)
    reader.clock.advance(seconds=10)
    work_off(reader)
    assert notes(reader) == ["1", "2", "3"]


def test_a_failing_event_holds_back_its_own_subject_alone(reader: Runtime, clock: SettableClock) -> None:
    sick, well = new_id(), new_id()
    hand_over(
        reader,
        named(reader, sick, "poison", 1),
        named(reader, sick, "after", 2),
        named(reader, well, "ok", 1),
    )
    assert notes(reader) == ["ok"]
    for _ in range(MAX_ATTEMPTS):
        clock.advance(minutes=10)
        work_off(reader)
    with reader.reading() as session:
        row = session.scalars(select(InboxRow).where(InboxRow.status == "attention")).one()
    assert (row.attempts, row.error) == (MAX_ATTEMPTS, "RuntimeError: this one cannot be handled")
    assert notes(reader) == ["ok"]

    with reader.database.writing() as session:
        assert skip(session, row.id, clock())
    work_off(reader)
    assert notes(reader) == ["ok", "after"]


def test_a_retried_event_is_due_at_once(reader: Runtime, clock: SettableClock) -> None:
    thing = new_id()
    hand_over(reader, named(reader, thing, "poison", 1))
    with reader.database.writing() as session:
        row = session.scalars(select(InboxRow)).one()
        assert row.next_attempt_at > clock()
        assert retry(session, [row.id], clock()) == 1
    with reader.reading() as session:
        assert session.scalars(select(InboxRow)).one().next_attempt_at == clock()


def test_a_gap_asks_for_a_snapshot_of_that_subject_and_the_snapshot_closes_it(
    reader: Runtime, publisher: Runtime, clock: SettableClock
) -> None:
    thing = new_id()
    for name in ("one", "two", "three"):
        with publisher.unit_of_work() as work:
            name_thing(work, thing, name)
    first, _lost, third = recorded(publisher)
    hand_over(reader, first, third)
    clock.advance(seconds=GAP_GRACE.total_seconds() + 1)
    work_off(reader)
    [asked] = recorded(reader)
    assert asked.data == {"noun": "thing", "queue": QUEUE, "subject": f"thing/{thing}"}

    assert request(publisher, "reader", **asked.data).status == "done"
    [snapshot] = recorded(publisher, "thing.snapshot")
    assert snapshot.subjectversion == 3
    hand_over(reader, snapshot)
    clock.advance(minutes=5)
    work_off(reader)
    assert notes(reader) == ["one", "snapshot three"]
    with reader.reading() as session:
        position = session.scalars(select(InboxPosition)).one()
        assert (position.version, position.gap_since) == (3, None)


def test_a_snapshot_waits_behind_an_event_that_is_being_retried(reader: Runtime, clock: SettableClock) -> None:
    thing = new_id()
    hand_over(reader, named(reader, thing, "poison", 1))
    snapshot = event(
        "publisher", "thing.snapshot", thing, {"thing_id": str(thing), "name": "x"}, runtime=reader, version=1
    )
    hand_over(reader, snapshot)
    assert notes(reader) == []


def test_a_request_for_a_queue_of_somebody_else_is_refused(publisher: Runtime) -> None:
    row = request(publisher, "reader", noun="thing", queue="other.things", subject=None)
    assert (row.status, row.error) == ("waiting", "ValueError: reader asked for another service's queue")


def test_what_cannot_be_read_is_kept_with_its_reason(reader: Runtime) -> None:
    good = json.loads(named(reader, new_id(), "lamp").to_json())
    cases = {
        "not-json": HandMadeMessage(QUEUE, b"{not json"),
        "empty": HandMadeMessage(QUEUE, b""),
        "content-type": HandMadeMessage(QUEUE, b"<x/>", content_type="text/xml"),
        "missing-attribute": HandMadeMessage(QUEUE, json.dumps({**good, "subject": None}).encode()),
        "bad-attribute": HandMadeMessage(QUEUE, json.dumps({**good, "subjectversion": 0}).encode()),
        "foreign-source": HandMadeMessage(QUEUE, json.dumps({**good, "source": "/services/x"}).encode()),
        "too-large": HandMadeMessage(QUEUE, b"x" * 1_000_001),
    }
    assert arrive(reader, *cases.values()) == TakenIn(0, 0, len(cases))
    with reader.reading() as session:
        kept = {row.reason: row for row in session.scalars(select(RefusedMessage))}
    assert set(kept) == set(cases)
    assert (kept["too-large"].size, len(kept["too-large"].body)) == (1_000_001, 64_000)


def test_the_same_id_with_another_body_is_refused_and_shown(reader: Runtime) -> None:
    envelope = named(reader, new_id(), "lamp")
    other = json.loads(envelope.to_json())
    other["data"]["name"] = "another lamp"
    assert arrive(reader, message(envelope)) == TakenIn(1, 0, 0)
    assert arrive(reader, HandMadeMessage(QUEUE, json.dumps(other).encode())) == TakenIn(0, 0, 1)
    assert arrive(reader, message(envelope)) == TakenIn(0, 1, 0)


def test_an_event_in_binary_mode_is_taken(reader: Runtime) -> None:
    envelope = json.loads(named(reader, new_id(), "lamp").to_json())
    data = envelope.pop("data")
    headers = {f"cloudEvents_{name}": value for name, value in envelope.items()}
    binary = HandMadeMessage(QUEUE, json.dumps(data).encode(), "application/json", headers)
    assert arrive(reader, binary) == TakenIn(1, 0, 0)
    work_off(reader)
    assert notes(reader) == ["lamp"]


def test_an_unneeded_type_moves_the_subject_on(reader: Runtime) -> None:
    thing = new_id()
    receive(reader, "publisher", "thing.painted", thing, {"colour": "red"})
    receive(reader, "publisher", "thing.named", thing, {"thing_id": str(thing), "name": "lamp"})
    assert notes(reader) == ["lamp"]


def test_an_effect_and_its_own_events_carry_the_chain_of_ids(reader: Runtime, publisher: Runtime) -> None:
    with publisher.unit_of_work(correlation_id="request-1") as work:
        name_thing(work, new_id(), "lamp")
    [envelope] = recorded(publisher)
    assert envelope.correlationid == "request-1"
    hand_over(reader, envelope)
    with reader.reading() as session:
        assert session.scalars(select(InboxRow.correlation_id)).one() == "request-1"


def test_an_event_and_its_state_change_are_rolled_back_together(publisher: Runtime) -> None:
    with pytest.raises(ZeroDivisionError):
        _name_and_fail(publisher)
    with publisher.reading() as session:
        assert session.scalars(select(OutboxRow)).all() == []


def _name_and_fail(publisher: Runtime) -> None:
    with publisher.unit_of_work() as work:
        name_thing(work, new_id(), "lamp")
        1 / 0  # noqa: B018


def test_characters_that_no_database_stores_are_refused_and_block_nobody(reader: Runtime) -> None:
    good = json.loads(named(reader, new_id(), "lamp").to_json())
    strange = {"message_id": "a\0b", "headers": {"half\ud800": "c\0d"}}
    messages = [
        HandMadeMessage(QUEUE, json.dumps({**good, "id": str(new_id()), "type": "x\0y"}).encode(), **strange),
        HandMadeMessage(
            QUEUE, json.dumps({**good, "id": str(new_id()), "subject": "\ud800/" + str(new_id())}).encode()
        ),
        HandMadeMessage(QUEUE, b"\0", **strange),
    ]
    within = {**good, "data": {**good["data"], "more": "half\ud800 and nul\0"}}
    messages.append(HandMadeMessage(QUEUE, json.dumps(within).encode()))
    taken = take_batch(reader.database, messages, sources=SOURCES, clock=reader.clock)
    assert taken == TakenIn(1, 0, 3)
    with reader.reading() as session:
        kept = session.scalars(select(RefusedMessage).order_by(RefusedMessage.id)).all()
    assert [row.reason for row in kept] == ["bad-attribute", "bad-attribute", "not-json"]
    assert kept[0].message_id == "a\ufffdb"
    work_off(reader)
    assert notes(reader) == ["lamp"]


def test_a_message_that_the_database_refuses_is_refused_alone(reader: Runtime) -> None:
    good, other = named(reader, new_id(), "lamp"), named(reader, new_id(), "chair")
    endless = json.loads(named(reader, new_id(), "x").to_json())
    endless["subjectversion"] = 2**70
    messages = [message(good), HandMadeMessage(QUEUE, json.dumps(endless).encode()), message(other)]
    assert take_batch(reader.database, messages, sources=SOURCES, clock=reader.clock) == TakenIn(2, 0, 1)
    with reader.reading() as session:
        assert session.scalars(select(RefusedMessage)).one().reason == "not-storable"


def test_an_event_is_kept_as_it_came(reader: Runtime) -> None:
    envelope = {**json.loads(named(reader, new_id(), "lamp").to_json()), "extension": "of a stranger"}
    came = json.dumps(envelope, indent=1)
    arrive(reader, HandMadeMessage(QUEUE, came.encode(), "application/cloudevents+json; charset=utf-8"))
    with reader.reading() as session:
        assert session.scalars(select(InboxRow.body)).one() == came
    arrive(reader, HandMadeMessage(QUEUE, came.replace(envelope["id"], str(new_id())).encode("utf-16")))
    work_off(reader)
    assert notes(reader) == ["lamp"]

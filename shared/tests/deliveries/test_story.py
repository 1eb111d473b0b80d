"""The story of an event: across outbox, bus and inbox, with what it led to, as long as its row is kept."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from shared.database.tables import InboxRow, OutboxRow
from shared.deliveries.story import event_story, whole_story
from shared.deliveries.waiting import Waits, why_it_waits
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.principal import Principal
from shared.refusal import NotFound
from shared.runtime import Runtime
from shared.testing.delivery import event, hand_over, recorded, work_off
from shared.testing.example import PUBLISHER, name_thing
from shared.testing.fakes import SettableClock

Arrive = Callable[..., Envelope]
Stored = Callable[[UUID], InboxRow]


def told(runtime: Runtime, event_id: UUID) -> list[tuple[str, str | None]]:
    with runtime.reading() as session:
        story = event_story(session, runtime.service, event_id, now=runtime.clock())
    return [(moment.text, moment.who) for moment in story.moments]


def waits(reader: Runtime, row: InboxRow) -> Waits:
    with reader.reading() as session:
        found = why_it_waits(session, row, reader.clock())
    assert found is not None
    return found


def test_our_own_event_was_recorded_by_somebody_and_published(publisher: Runtime, clock: SettableClock) -> None:
    thing = new_id()
    with publisher.unit_of_work(actor=Principal(id=uuid4(), name="Li")) as work:
        name_thing(work, thing, "lamp")
        work.audit("thing-named", f"thing/{thing}")
    [envelope] = recorded(publisher)
    clock.advance(seconds=2)
    with publisher.database.writing() as session:
        session.execute(update(OutboxRow).values(published_at=clock()))
    with publisher.reading() as session:
        story = event_story(session, PUBLISHER, envelope.id, now=clock())
    first, second = story.moments
    assert (first.who, second.text) == ("Li", "Published; the broker confirmed that it keeps it")
    assert second.after == timedelta(seconds=2)
    assert (story.cause, story.received, story.waits) == (None, None, None)


def test_a_replay_for_one_consumer_is_part_of_the_story(publisher: Runtime, clock: SettableClock) -> None:
    with publisher.unit_of_work() as work:
        name_thing(work, new_id(), "lamp")
        [row] = work.session.scalars(select(OutboxRow))
        fields = {column.key: getattr(row, column.key) for column in OutboxRow.__table__.columns if column.key != "id"}
        work.session.add(OutboxRow(**{**fields, "exchange": "publisher.snapshots", "routing_key": "reader.things"}))
    with publisher.reading() as session:
        story = event_story(session, PUBLISHER, row.event_id, now=clock())
    assert [moment.facts["queue"] for moment in story.moments] == [row.routing_key, "reader.things"]
    assert story.moments[1].text == "Recorded once more, for the queue %(queue)s alone"


def test_a_received_event_came_from_its_publisher_and_had_its_effect(
    reader: Runtime, arrive: Arrive, clock: SettableClock
) -> None:
    made = event("publisher", "thing.named", new_id(), {"thing_id": str(new_id()), "name": "lamp"}, runtime=reader)
    clock.advance(seconds=3)
    hand_over(reader, made)
    with reader.reading() as session:
        story = event_story(session, reader.service, made.id, now=clock())
    happened, received, done = story.moments
    assert (happened.at, received.after) == (made.time, timedelta(seconds=3))
    assert done.text == "Handled: it had its effect here"


@pytest.mark.parametrize("status", ["passed", "late", "done"])
def test_the_end_is_said_in_words_also_when_the_body_is_gone(
    reader: Runtime, arrive: Arrive, stored: Stored, status: str
) -> None:
    made = arrive()
    with reader.database.writing() as session:
        session.execute(update(InboxRow).values(status=status, body=None))
    texts = [text for text, _ in told(reader, made.id)]
    expected = {"passed": "Not needed", "late": "Overtaken", "done": "Handled"}
    assert texts[-1].startswith(expected[status])
    assert not any(text.startswith("Happened") for text in texts)


def test_what_an_event_led_to_and_the_whole_story_of_its_request(reader: Runtime, arrive: Arrive) -> None:
    """A gap makes the reader ask for a snapshot: its own event, caused by the one that came too early."""
    thing = new_id()
    arrive("first", thing, 1)
    early = arrive("third", thing, 3)
    reader.clock.advance(minutes=1)
    work_off(reader)
    with reader.reading() as session:
        story = event_story(session, reader.service, early.id, now=reader.clock())
        assert early.correlationid is not None
        related, more = whole_story(session, early.correlationid)
    [request] = story.caused
    assert request.type == "org.yizhan.reader.snapshot.requested.v1"
    assert [(each.side, each.event_id) for each in related] == [("received", early.id), ("sent", request.event_id)]
    assert not more
    with reader.reading() as session:
        assert event_story(session, reader.service, request.event_id, now=reader.clock()).cause == str(early.id)


def test_why_an_event_waits_is_said(
    reader: Runtime, arrive: Arrive, stored: Stored, fail_for_good: Callable[[], None]
) -> None:
    thing, other = new_id(), new_id()
    sick, after = arrive("poison", thing), arrive("after", thing)
    assert waits(reader, stored(sick.id)).text.startswith("It failed %(attempts)s times; it is tried again")
    first = waits(reader, stored(after.id)).first
    assert first is not None
    assert first.event_id == sick.id
    fail_for_good()
    attention = waits(reader, stored(sick.id))
    assert (attention.behind, "until somebody decides" in attention.text) == (1, True)
    arrive("first", other, 1)
    early = arrive("third", other, 3)
    missing = waits(reader, stored(early.id))
    assert (missing.missing, missing.facts["last"], missing.facts["version"]) == (True, 1, 3)
    with reader.reading() as session:
        assert why_it_waits(session, stored(arrive().id), reader.clock()) is None


def test_an_event_that_nobody_knows_is_not_found(reader: Runtime) -> None:
    with pytest.raises(NotFound), reader.reading() as session:
        event_story(session, reader.service, new_id(), now=reader.clock())

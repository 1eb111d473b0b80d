"""The relay's marking, its lease, and its order, whatever the bus answers."""

import json
import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update

from shared.bus import Outcome
from shared.bus.links import open_link
from shared.clock import utc_now
from shared.database.leases import database_now
from shared.database.tables import Lease
from shared.deliveries.decisions import resend_events
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.inbox.requests import request_type
from shared.outbox import relay as relay_module
from shared.outbox.recorder import EventTooLarge, UnstorableText, record_request
from shared.outbox.relay import Relay, message_of
from shared.testing.example import READER, name_thing, thing_named
from shared.worker.declaring import topology

CONFIRMED, UNKNOWN = Outcome.CONFIRMED, Outcome.UNKNOWN


def marks(source: Any) -> list[str | None]:
    return [row.unrouted_because or (row.published_at and "published") for row in source.rows()]


def test_what_the_bus_refuses_is_set_aside_with_its_reason_and_the_others_flow(source: Any, scripted: Any) -> None:
    for _ in range(5):
        source.name()
    bus = scripted([[CONFIRMED, Outcome.TOO_LARGE, Outcome.NO_EXCHANGE, Outcome.NO_QUEUE]])
    done = Relay(source.runtime, bus).run_once()
    assert marks(source) == ["published", "too-large", "no-exchange", "no-queue", "published"]
    assert done.confirmed == 2
    assert done.unrouted == {"too-large": 1, "no-exchange": 1, "no-queue": 1}
    assert not done.stuck


def test_what_was_set_aside_is_published_only_when_somebody_asks(source: Any, scripted: Any) -> None:
    source.name()
    bus = scripted([[Outcome.TOO_LARGE]])
    relay = Relay(source.runtime, bus)
    relay.run_once()
    assert relay.run_once().found == 0
    with source.runtime.unit_of_work() as work:
        assert resend_events(work, [row.id for row in source.rows()])
    assert marks(source) == [None]
    assert relay.run_once().confirmed == 1
    assert [message.message_id for message in bus.sent] == [str(source.rows()[0].event_id)] * 2


def test_what_is_forbidden_waits_in_its_order_and_holds_up_its_exchange_alone(
    source: Any, scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbidden = Outcome.FORBIDDEN
    for _ in range(3):
        source.name()
    ask_for_something(source)
    bus = scripted([[forbidden, forbidden, forbidden, CONFIRMED], [CONFIRMED], [forbidden]])
    relay = Relay(source.runtime, bus)
    assert relay.run_once().confirmed == 1
    source.name()
    ask_for_something(source)
    done = relay.run_once()
    assert (done.found, done.confirmed, done.stuck) == (1, 1, False)
    assert relay.run_once().found == 0
    assert marks(source) == [None, None, None, "published", None, "published"]
    monkeypatch.setattr(relay_module, "TRY_FORBIDDEN_SECONDS", 0.0)
    relay._try_again_at = 0.0
    assert (relay.run_once().found, relay.run_once().confirmed, relay.run_once().confirmed) == (1, 1, 3)
    assert marks(source) == ["published"] * 6
    ids = [str(row.event_id) for row in source.rows() if row.exchange == "publisher.events"]
    assert [message.message_id for message in bus.sent if message.exchange == "publisher.events"][-4:] == ids


def ask_for_something(source: Any) -> None:
    """An event on another exchange."""
    with source.runtime.unit_of_work() as work:
        record_request(work, "reader", request_type("publisher"), {"noun": "note", "queue": "publisher.notes"})


def test_nothing_after_an_unanswered_message_is_marked_even_where_it_was_confirmed(source: Any, scripted: Any) -> None:
    for _ in range(4):
        source.name()
    bus = scripted([[CONFIRMED, UNKNOWN, CONFIRMED, Outcome.NO_QUEUE]])
    relay = Relay(source.runtime, bus)
    assert relay.run_once().stuck
    assert marks(source) == ["published", None, None, None]
    assert relay.run_once().confirmed == 3
    ids = [str(row.event_id) for row in source.rows()]
    assert [message.message_id for message in bus.sent] == [*ids, *ids[1:]]


def test_a_row_that_is_committed_after_later_ones_were_published_is_published_too(
    source: Any, scripted: Any, stack: str
) -> None:
    bus = scripted()
    relay = Relay(source.runtime, bus)
    if stack == "postgresql":
        with source.runtime.unit_of_work() as work:
            name_thing(work, new_id(), "late")
            work.session.flush()
            source.name()
            assert relay.run_once().confirmed == 1
            assert relay.run_once().found == 0
    else:
        # SQLite has one writer at a time: no id is ever committed late there, unless somebody writes it by hand.
        source.name()
        source.name()
        with source.runtime.database.writing() as session:
            session.execute(text("CREATE TABLE kept AS SELECT * FROM outbox WHERE id = 1"))
            session.execute(text("DELETE FROM outbox WHERE id = 1"))
        assert relay.run_once().confirmed == 1
        with source.runtime.database.writing() as session:
            session.execute(text("INSERT INTO outbox SELECT * FROM kept"))
    assert relay.run_once().confirmed == 1
    assert marks(source) == ["published", "published"]
    assert [message.message_id for message in bus.sent] == [str(row.event_id) for row in reversed(source.rows())]


def test_a_holder_that_wakes_up_late_marks_nothing_and_its_doubles_have_the_same_ids(
    source: Any, scripted: Any
) -> None:
    things = [source.name() for _ in range(3)]
    second = scripted()

    def sleep_while_another_takes_over() -> None:
        with source.runtime.database.writing() as session:
            over = database_now(source.runtime.database.dialect, timedelta(seconds=-1))
            session.execute(update(Lease).where(Lease.name == "relay").values(expires_at=over))
        # Another relay takes the lease and has the bus refuse everything, so that its marks tell from ours.
        second.script = [[Outcome.NO_QUEUE] * 3]
        assert Relay(source.runtime, second).run_once().unrouted == {"no-queue": 3}

    first = scripted(meanwhile=sleep_while_another_takes_over)
    relay = Relay(source.runtime, first)
    assert relay.run_once().confirmed == 0
    assert marks(source) == ["no-queue"] * 3
    assert [message.message_id for message in first.sent] == [message.message_id for message in second.sent]
    # It has lost the lease for good: it sends nothing more while the other one holds it.
    source.name(things[0])
    assert relay.run_once().found == 0
    assert len(first.sent) == 3


def test_only_one_of_two_relays_works(source: Any, scripted: Any) -> None:
    source.name()
    held, spare = Relay(source.runtime, scripted()), Relay(source.runtime, scripted())
    assert held.run_once().confirmed == 1
    source.name()
    assert spare.run_once().found == 0
    held.lease.release()
    assert spare.run_once().confirmed == 1


def test_two_relays_and_many_writers_lose_nothing_and_swap_nothing(source: Any) -> None:
    things = [source.name() for _ in range(7)]
    wrote = threading.Event()

    def write(first: int) -> None:
        for number in range(40):
            source.name(things[(first + number) % len(things)], f"{first}/{number}")

    def relay() -> None:
        with source.bus.publisher() as publisher:
            running = Relay(source.runtime, publisher)
            while not (wrote.is_set() and not source.pending()):
                # Letting go after each pass makes them take turns, in the middle of the writing.
                running.run_once()
                running.lease.release()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    relays = [threading.Thread(target=relay) for _ in range(2)]
    for thread in (*writers, *relays):
        thread.start()
    for thread in writers:
        thread.join()
    wrote.set()
    for thread in relays:
        thread.join()
    assert len(source.rows()) == 207
    source.check()


def test_what_no_queue_takes_is_set_aside_and_arrives_when_it_is_sent_again(source: Any) -> None:
    unbind(source)
    source.name()
    with source.bus.publisher() as publisher:
        relay = Relay(source.runtime, publisher)
        assert relay.run_once().unrouted == {"no-queue": 1}
        source.declare()
        with source.runtime.unit_of_work() as work:
            resend_events(work, [row.id for row in source.rows()])
        assert relay.run_once().confirmed == 1
    source.check()


def unbind(source: Any) -> None:
    """What an operator does by mistake."""
    with open_link(source.bus_url) as link:
        for binding in topology(READER).foreign_bindings:
            each = binding.binding
            link.channel().queue_unbind(each.queue, each.exchange, each.routing_key)


def test_an_event_that_no_receiver_would_take_is_refused_where_it_is_recorded(source: Any) -> None:
    thing = new_id()
    with pytest.raises(EventTooLarge, match=r"thing\.named.*: 10\d+ bytes"):
        with source.runtime.unit_of_work() as work:
            work.record(thing_named, thing, {"thing_id": thing, "name": "宽" * 340_000})
    assert source.rows() == []


def test_an_event_whose_text_no_consumer_could_keep_is_refused_where_it_is_recorded(source: Any) -> None:
    thing = new_id()
    with pytest.raises(UnstorableText, match=r"thing\.named.*: U\+0000 in name$"):
        with source.runtime.unit_of_work() as work:
            work.record(thing_named, thing, {"thing_id": thing, "name": "a\x00b"})
    assert source.rows() == []
    with source.runtime.unit_of_work() as work:  # six characters, none of them U+0000
        work.record(thing_named, thing, {"thing_id": thing, "name": "a\\u0000b"})
    assert len(source.rows()) == 1


def test_while_there_is_nothing_to_publish_nothing_is_written(source: Any, scripted: Any) -> None:
    relay = Relay(source.runtime, scripted())
    assert relay.run_once().found == 0
    assert relay.lease.token is None


@given(st.text(), st.dictionaries(st.text(), st.text() | st.dictionaries(st.text(), st.text())), st.none() | st.text())
def test_a_message_repeats_what_its_envelope_says_whatever_the_data(
    correlation: str, data: dict[str, Any], trace: str | None
) -> None:
    envelope = Envelope(
        id=new_id(),
        source="/services/publisher",
        type=thing_named.type,
        subject=f"thing/{new_id()}",
        subjectversion=3,
        time=utc_now(),
        data=data,
        correlationid=correlation,
        traceparent=trace,
    )
    row: Any = SimpleNamespace(
        event_id=envelope.id,
        exchange="publisher.events",
        routing_key=thing_named.routing_key,
        type=envelope.type,
        correlation_id=correlation,
        recorded_at=envelope.time,
        body=envelope.to_json(),
    )
    message = message_of(row)
    said = json.loads(message.body)
    assert said.pop("data") == data
    assert message.headers == {f"cloudEvents_{name}": str(value) for name, value in said.items()}
    assert (message.app_id, message.correlation_id, message.type) == ("publisher", correlation, envelope.type)

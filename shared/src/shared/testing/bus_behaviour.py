"""The behaviour of every bus: one suite, run on each of them.

A test module gives a fixture `on: BusUnderTest` and derives a class from each of these:

    class TestSpool(BusBehaviour): ...
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import replace

import pytest

from shared.bus import (
    Consumption,
    DatabaseAway,
    Outcome,
    ReceivedMessage,
    contacts_exchange,
    requests_exchange,
    snapshots_exchange,
    topology_for,
)
from shared.testing.bus_consumer import ConsumerProcess
from shared.testing.bus_under_test import WAIT, BusUnderTest, Receiving, new_service

INVALID_BODIES = {
    "nothing at all": (b"", None, None, None),
    "no json": (b"{", "application/cloudevents+json", None, None),
    "no text": (bytes(range(256)), None, None, None),
    "an unknown type": (b"x", "application/x-nonsense", None, None),
    "a python pickle": (b"\x80\x04.", "application/x-python-serialize", "binary", None),
    "an encoding that would be undone": ("é".encode("latin-1"), "text/plain", "latin-1", None),
    "an encoding that does not exist": (b"x", "text/plain", "no-such-encoding", None),
    "a compression that would be undone": (b"x", "application/json", "utf-8", {"compression": "application/x-gzip"}),
    "a megabyte": (b"a" * 1_000_000, None, None, None),
}


class RoutingBehaviour:
    """Who gets what."""

    def test_messages_keep_their_order(self, on: BusUnderTest) -> None:
        on.declare()
        outcomes = on.publish([on.message(number) for number in range(700)])
        assert outcomes == [Outcome.CONFIRMED] * 700
        assert on.bodies(700) == [str(number) for number in range(700)]

    def test_two_publishers_keep_their_own_order(self, on: BusUnderTest) -> None:
        on.declare()
        senders = [
            threading.Thread(target=on.publish, args=([on.message(f"{name} {number:03}") for number in range(200)],))
            for name in ("first", "second")
        ]
        for sender in senders:
            sender.start()
        order = defaultdict(list)
        for body in on.bodies(400):
            order[body.split()[0]].append(body)
        for sender in senders:
            sender.join()
        assert order["first"] == sorted(order["first"])
        assert order["second"] == sorted(order["second"])
        assert len(order["first"]) == len(order["second"]) == 200

    def test_a_consumer_gets_every_event_of_its_publisher_and_none_of_another(self, on: BusUnderTest) -> None:
        other = BusUnderTest(on.url, on.foreign)
        on.declare()
        other.declare()
        other.publish([other.message("theirs")])
        on.publish(
            [on.message("a", "noun.verb.v1"), on.message("b", "noun.other.v2"), on.message("c", "deep.er.a.b.c")]
        )
        assert on.bodies(3) == ["a", "b", "c"]
        assert on.foreign.waiting(on.queue) == 0

    def test_a_snapshot_reaches_only_the_queue_that_asked(self, on: BusUnderTest) -> None:
        on.declare()
        neighbour = BusUnderTest(on.url, on.foreign, publisher_name=on.publisher_name)
        neighbour.declare()
        snapshot = on.message("snapshot", exchange=snapshots_exchange(on.publisher_name))
        addressed = replace(snapshot, routing_key=on.queue)
        assert on.publish([addressed]) == [Outcome.CONFIRMED]
        on.publish([on.message("live")])
        assert on.bodies(2) == ["snapshot", "live"]
        assert neighbour.bodies(1) == ["live"]

    def test_contact_details_travel_on_their_own_exchange(self, on: BusUnderTest) -> None:
        contacts = contacts_exchange(on.publisher_name)
        queue = f"{on.consumer_name}.{on.publisher_name}-contacts"
        wishes = [Consumption(on.publisher_name), Consumption(on.publisher_name, queue=queue, exchange=contacts)]
        on.bus.declare(topology_for(on.publisher_name, publishes_contacts=True))
        on.bus.declare(topology_for(on.consumer_name, consumes=wishes))
        snapshot = on.message("snapshot", exchange=contacts)
        addressed = replace(snapshot, routing_key=queue)
        on.publish([on.message("contact", "contact.changed.v1", contacts), addressed, on.message("event")])
        assert on.bodies(2, queue) == ["contact", "snapshot"]
        assert on.bodies(1) == ["event"]

    def test_requests_reach_the_publisher(self, on: BusUnderTest) -> None:
        on.declare()
        requests = requests_exchange(on.publisher_name)
        on.publish([on.message("please", "person.snapshot-requested.v1", requests)])
        assert on.bodies(1, requests) == ["please"]

    def test_a_message_says_what_its_sender_said(self, on: BusUnderTest) -> None:
        on.declare()
        sent = on.message("body")
        on.publish([sent])
        [received] = on.receive(1)
        assert (received.message_id, received.type, received.app_id) == (sent.message_id, sent.type, sent.app_id)
        assert received.content_type == "application/cloudevents+json"
        assert dict(received.headers) == {"cloudEvents_subject": "thing/1"}
        assert (received.queue, received.redelivered) == (on.queue, False)

    @pytest.mark.parametrize("case", INVALID_BODIES)
    def test_what_nobody_can_read_arrives_as_it_was_sent(self, on: BusUnderTest, case: str) -> None:
        on.declare()
        body, content_type, content_encoding, headers = INVALID_BODIES[case]
        key = f"{on.publisher_name}.a.b.v1"
        on.foreign.send(on.exchange, key, body, content_type, content_encoding, headers)
        on.foreign.send(on.exchange, key, b"next")
        received = on.receive(2)
        assert [message.body for message in received] == [body, b"next"]
        assert (received[0].content_type, received[0].content_encoding) == (content_type, content_encoding)


class DeclaringBehaviour:
    """Services are deployed in any order."""

    def test_a_missing_publisher_is_reported_and_bound_later(self, on: BusUnderTest) -> None:
        wishes = topology_for(on.consumer_name, consumes=[Consumption(on.publisher_name)])
        before = on.bus.declare(wishes)
        assert before.missing == {on.publisher_name}
        assert not before.bound
        on.bus.declare(topology_for(on.publisher_name))
        after = on.bus.declare(wishes)
        assert not after.missing
        assert after.bound == {(on.queue, on.exchange), (on.queue, snapshots_exchange(on.publisher_name))}

    def test_one_missing_publisher_keeps_nobody_else_away(self, on: BusUnderTest) -> None:
        on.bus.declare(topology_for(on.publisher_name))
        absent = new_service("absent")
        wishes = [Consumption(absent), Consumption(on.publisher_name)]
        declared = on.bus.declare(topology_for(on.consumer_name, consumes=wishes))
        assert declared.missing == {absent}
        on.publish([on.message("here")])
        assert on.bodies(1) == ["here"]

    def test_only_what_follows_the_binding_is_delivered(self, on: BusUnderTest) -> None:
        on.bus.declare(topology_for(on.publisher_name))
        on.publish([on.message("before")])
        on.declare()
        on.publish([on.message("after")])
        assert on.bodies(1) == ["after"]

    def test_declaring_twice_changes_nothing(self, on: BusUnderTest) -> None:
        on.declare()
        on.publish([on.message("kept")])
        on.declare()
        on.publish([on.message("once")])
        assert on.bodies(2) == ["kept", "once"]
        assert on.foreign.waiting(on.queue) == 0

    def test_what_no_queue_takes_is_told_and_holds_nobody_up(self, on: BusUnderTest) -> None:
        on.declare()
        stray = replace(on.message("stray"), routing_key="nobody.listens.v1")
        outcomes = on.publish([on.message("first"), stray, on.message("last")])
        assert outcomes == [Outcome.CONFIRMED, Outcome.NO_QUEUE, Outcome.CONFIRMED]
        assert on.bodies(2) == ["first", "last"]

    def test_a_message_for_a_missing_exchange_holds_nobody_up(self, on: BusUnderTest) -> None:
        on.declare()
        lost = on.message("lost", exchange=requests_exchange(new_service("absent")))
        messages = [on.message("first"), lost, on.message("last")]
        with on.bus.publisher() as publisher:
            outcomes = publisher.publish(messages, WAIT)
            assert outcomes == [Outcome.CONFIRMED, Outcome.NO_EXCHANGE, Outcome.CONFIRMED]
            assert publisher.publish([on.message("end")], WAIT) == [Outcome.CONFIRMED]
        received: list[str] = []
        with Receiving(on, lambda batch: received.extend(message.body.decode() for message in batch)) as receiving:
            receiving.wait_for(lambda: "end" in received)
        # What went out before the channel was lost may stand twice.
        assert list(dict.fromkeys(received)) == ["first", "last", "end"]

    def test_publishing_nothing_asks_nothing_of_the_bus(self, on: BusUnderTest) -> None:
        assert on.publish([]) == []


class ReceivingBehaviour:
    """Nothing is lost, and nothing is acknowledged too early."""

    def test_what_a_killed_consumer_held_comes_back_in_order(self, on: BusUnderTest) -> None:
        on.declare()
        expected = [str(number) for number in range(50)]
        on.publish([on.message(body) for body in expected])
        with ConsumerProcess(on.url, on.queue, hold=True) as consumer:
            assert consumer.next_body() == "0"
            consumer.kill()
        received = on.receive(50)
        assert [message.body.decode() for message in received] == expected
        assert received[0].redelivered

    def test_one_consumer_at_a_time_and_the_next_takes_over(self, on: BusUnderTest) -> None:
        on.declare()
        with ConsumerProcess(on.url, on.queue, hold=True) as first:
            on.publish([on.message(number) for number in range(20)])
            assert first.next_body() == "0"
            with ConsumerProcess(on.url, on.queue) as second:
                on.publish([on.message(number) for number in range(20, 40)])
                assert second.idle
                first.kill()
                assert second.bodies(40) == [str(number) for number in range(40)]

    def test_many_kills_lose_nothing_and_swap_nothing(self, on: BusUnderTest) -> None:
        on.declare()
        on.publish([on.message(number) for number in range(30)])
        for _ in range(5):
            with ConsumerProcess(on.url, on.queue, hold=True) as consumer:
                assert consumer.next_body() == "0"
                consumer.kill()
        assert on.bodies(30) == [str(number) for number in range(30)]

    def test_a_batch_that_fails_goes_back_whole_and_its_error_is_raised(self, on: BusUnderTest) -> None:
        on.declare()
        on.publish([on.message(number) for number in range(10)])

        def fail(batch: list[ReceivedMessage]) -> None:
            raise RuntimeError("a bug")

        with Receiving(on, fail) as receiving:
            receiving.wait_for(lambda: receiving.error is not None)
        assert str(receiving.error) == "a bug"
        assert on.bodies(10) == [str(number) for number in range(10)]

    def test_while_the_database_is_away_nothing_is_read_and_nothing_lost(self, on: BusUnderTest) -> None:
        on.declare()
        on.publish([on.message(number) for number in range(10)])
        received: list[str] = []
        refusals: list[int] = []
        ready = threading.Event()
        waits: list[int] = []

        def take(batch: list[ReceivedMessage]) -> None:
            if not ready.is_set():
                refusals.append(len(batch))
                raise DatabaseAway("connection refused")
            received.extend(message.body.decode() for message in batch)

        def wait_until_ready(stop: threading.Event) -> None:
            waits.append(on.foreign.waiting(on.queue))
            ready.set()

        with Receiving(on, take, wait_until_ready=wait_until_ready) as receiving:
            receiving.wait_for(lambda: len(received) == 10)
        assert received == [str(number) for number in range(10)]
        assert len(refusals) == len(waits) == 1
        assert waits == [10]

    def test_acknowledged_only_after_the_batch_was_taken(self, on: BusUnderTest) -> None:
        on.declare()
        on.publish([on.message("one")])
        inside, go_on = threading.Event(), threading.Event()

        def take(batch: list[ReceivedMessage]) -> None:
            inside.set()
            go_on.wait(WAIT)
            raise DatabaseAway

        with Receiving(on, take) as receiving:
            assert inside.wait(WAIT)
            receiving.stop.set()
            go_on.set()
        assert on.bodies(1) == ["one"]

    def test_a_missing_queue_is_reported_and_holds_no_other_up(self, on: BusUnderTest) -> None:
        on.declare()
        late = BusUnderTest(on.url, on.foreign)
        received: list[str] = []

        def take(batch: list[ReceivedMessage]) -> None:
            received.extend(message.body.decode() for message in batch)

        with Receiving(on, take, on.queue, late.queue) as receiving:
            on.publish([on.message("here")])
            receiving.wait_for(lambda: received == ["here"])
            assert receiving.receiver.missing_queues == {late.queue}
            late.declare()
            late.publish([late.message("late")])
            receiving.wait_for(lambda: received == ["here", "late"])
            receiving.wait_for(lambda: not receiving.receiver.missing_queues)

    def test_receiving_ends_within_a_second(self, on: BusUnderTest) -> None:
        on.declare()
        with Receiving(on, lambda batch: None) as receiving:
            receiving.wait_for(lambda: receiving.receiver.connected)
            receiving.stop.set()
            asked = time.monotonic()
            assert receiving.join(WAIT)
            assert time.monotonic() - asked < 1
        assert not receiving.receiver.connected

    def test_what_was_prefetched_but_not_taken_is_there_for_the_next(self, on: BusUnderTest) -> None:
        on.declare()
        on.publish([on.message(number) for number in range(900)])
        taken: list[str] = []
        stop_after_first: list[threading.Event] = []

        def take_one_batch(batch: list[ReceivedMessage]) -> None:
            taken.extend(message.body.decode() for message in batch)
            stop_after_first[0].set()

        receiving = Receiving(on, take_one_batch)
        stop_after_first.append(receiving.stop)
        with receiving:
            assert receiving.join(WAIT)
        assert 0 < len(taken) < 900
        assert taken + on.bodies(900 - len(taken)) == [str(number) for number in range(900)]


class BusBehaviour(RoutingBehaviour, DeclaringBehaviour, ReceivingBehaviour):
    """All of it."""

"""What publisher and receiver do while RabbitMQ is stopped, killed, frozen, full, or cut off."""

import logging
import threading
import time

import pytest

from shared.bus import Outcome, ReceivedMessage, connect
from shared.bus.links import LINK_ERRORS, open_link
from shared.testing.bus_clients import PikaClient
from shared.testing.bus_under_test import WAIT, BusUnderTest, Receiving
from shared.testing.servers import LocalRabbit

UNKNOWN = Outcome.UNKNOWN
CONFIRMED = Outcome.CONFIRMED


@pytest.fixture
def on(node: LocalRabbit) -> BusUnderTest:
    client = PikaClient(node.url)
    bus = BusUnderTest(node.url, client)
    bus.declare()
    # A client that stays would lose its link in these tests.
    client.close()
    return bus


def stored(on: BusUnderTest) -> list[str]:
    client = PikaClient(on.url)
    bodies = [body.decode() for body in client.drain(on.queue)]
    client.close()
    return bodies


def test_a_stopped_broker_makes_outcomes_unknown_and_the_same_publisher_recovers(
    on: BusUnderTest, node: LocalRabbit
) -> None:
    with on.bus.publisher() as publisher:
        assert publisher.publish([on.message("before")], WAIT) == [CONFIRMED]
        node.stop()
        assert publisher.publish([on.message("lost")], WAIT) == [UNKNOWN]
        assert not publisher.connected
        assert "refused" in str(publisher.last_error)
        node.start()
        assert publisher.publish([on.message("after")], WAIT) == [CONFIRMED]
        assert publisher.last_error is None
    assert stored(on) == ["before", "after"]


def test_a_broker_killed_in_mid_pipeline_loses_nothing_that_it_confirmed(on: BusUnderTest, node: LocalRabbit) -> None:
    # RabbitMQ 3.10 writes the names of new quorum queues to disk lazily: one that is younger than a few minutes does
    # not survive a kill of a lone node (it stands there and never confirms). A restart makes it old.
    node.restart()
    messages = [on.message(number) for number in range(30_000)]
    outcomes: list[Outcome] = []
    with on.bus.publisher() as publisher:
        publishing = threading.Thread(target=lambda: outcomes.extend(publisher.publish(messages, 60)))
        publishing.start()
        client = PikaClient(on.url)
        while client.waiting(on.queue) < 1000:
            pass
        client.close()
        node.kill()
        publishing.join()
        node.start()
        assert UNKNOWN in outcomes
        first_unknown = outcomes.index(UNKNOWN)
        assert first_unknown >= 500
        assert publisher.publish(messages[first_unknown:], 60) == [CONFIRMED] * (len(messages) - first_unknown)
    bodies = stored(on)
    # Once for each, in order; what was sent again may stand twice.
    assert list(dict.fromkeys(bodies)) == [str(number) for number in range(30_000)]


def test_a_frozen_broker_is_given_up_at_the_deadline(on: BusUnderTest, node: LocalRabbit) -> None:
    with on.bus.publisher() as publisher:
        assert publisher.publish([on.message("before")], WAIT) == [CONFIRMED]
        node.freeze()
        try:
            asked = time.monotonic()
            assert publisher.publish([on.message("lost")], 1.5) == [UNKNOWN]
            assert time.monotonic() - asked < 3
            assert not publisher.connected
        finally:
            node.thaw()
        assert publisher.publish([on.message("after")], WAIT) == [CONFIRMED]


def test_a_blocked_publisher_waits_to_its_deadline_and_goes_on_later(on: BusUnderTest, node: LocalRabbit) -> None:
    with on.bus.publisher() as publisher:
        node.control("set_vm_memory_high_watermark", "0")
        try:
            asked = time.monotonic()
            outcomes = publisher.publish([on.message("x" * 10_000) for _ in range(5_000)], 2)
            assert time.monotonic() - asked < 9
            assert UNKNOWN in outcomes
        finally:
            node.control("set_vm_memory_high_watermark", "0.4")
        assert publisher.publish([on.message("after")], WAIT) == [CONFIRMED]


def test_a_connection_that_the_broker_closed_while_idle_is_replaced_before_use(
    on: BusUnderTest, node: LocalRabbit
) -> None:
    with on.bus.publisher() as publisher:
        publisher.publish([on.message("before")], WAIT)
        node.control("close_all_connections", "maintenance")
        assert publisher.publish([on.message("after")], WAIT) == [CONFIRMED]
    assert stored(on) == ["before", "after"]


def test_a_refused_message_is_unknown_and_nothing_overtakes_it(on: BusUnderTest, node: LocalRabbit) -> None:
    node.control("set_policy", "full", f"^{on.queue}$", '{"max-length":1,"overflow":"reject-publish"}')
    try:
        with on.bus.publisher() as publisher:
            outcomes = publisher.publish([on.message(number) for number in range(5_000)], WAIT)
        assert UNKNOWN in outcomes
        assert len(outcomes) == 5_000
        assert len(stored(on)) < 5_000
    finally:
        node.control("clear_policy", "full")


def test_a_receiver_outlives_a_restart_and_a_kill_of_the_broker(on: BusUnderTest, node: LocalRabbit) -> None:
    received: list[str] = []

    def take(batch: list[ReceivedMessage]) -> None:
        received.extend(message.body.decode() for message in batch)

    with Receiving(on, take) as receiving:
        on.publish([on.message("first")])
        receiving.wait_for(lambda: "first" in received)
        node.restart()
        on.publish([on.message("second")])
        receiving.wait_for(lambda: "second" in received)
        node.kill()
        node.start()
        on.publish([on.message("third")])
        receiving.wait_for(lambda: "third" in received)
        assert receiving.receiver.connected
    assert list(dict.fromkeys(received)) == ["first", "second", "third"]


def test_a_deleted_queue_is_reported_and_read_again_when_it_is_back(on: BusUnderTest) -> None:
    received: list[str] = []

    def take(batch: list[ReceivedMessage]) -> None:
        received.extend(message.body.decode() for message in batch)

    with Receiving(on, take) as receiving:
        receiving.wait_for(lambda: receiving.receiver.connected)
        client = PikaClient(on.url)
        client.delete(on.queue)
        client.close()
        receiving.wait_for(lambda: receiving.receiver.missing_queues == {on.queue})
        on.declare()
        on.publish([on.message("again")])
        receiving.wait_for(lambda: received == ["again"])


@pytest.mark.long
def test_a_half_open_link_is_noticed_by_its_heartbeats(on: BusUnderTest, node: LocalRabbit) -> None:
    with Receiving(on, lambda batch: None) as receiving:
        receiving.wait_for(lambda: receiving.receiver.connected)
        node.freeze()
        try:
            receiving.wait_for(lambda: receiving.receiver.last_error is not None, timeout=35)
        finally:
            node.thaw()
        receiving.wait_for(lambda: receiving.receiver.connected)


def test_no_password_is_logged_or_kept(node: LocalRabbit, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    url = node.url.replace(":guest@", ":pass%2Fword@")
    wrong = BusUnderTest(url, PikaClient(node.url))
    with wrong.bus.publisher() as publisher:
        assert publisher.publish([wrong.message("x")], WAIT) == [UNKNOWN]
        assert "ACCESS_REFUSED" in str(publisher.last_error)
    with Receiving(wrong, lambda batch: None) as receiving:
        receiving.wait_for(lambda: receiving.receiver.last_error is not None)
    wrong.foreign.close()
    said = f"{caplog.text} {publisher.last_error} {receiving.receiver.last_error} {connect(url)!r}"
    assert "pass%2Fword" not in said
    assert "pass/word" not in said


def test_opening_a_link_to_nobody_fails_at_once() -> None:
    asked = time.monotonic()
    with pytest.raises(LINK_ERRORS):
        open_link("amqp://guest:guest@127.0.0.1:1//")
    assert time.monotonic() - asked < 1

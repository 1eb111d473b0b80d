"""A message that RabbitMQ answers by closing the channel: it is found, told with its reason, and holds nobody up."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from shared.bus import Outcome
from shared.bus.publishing import RabbitPublisher
from shared.testing.bus_clients import PikaClient
from shared.testing.bus_under_test import WAIT, BusUnderTest, new_service
from shared.testing.servers import LocalRabbit

CONFIRMED = Outcome.CONFIRMED
LIMIT = 4000


@contextmanager
def largest_message(node: LocalRabbit, size: int) -> Iterator[None]:
    node.control(
        "eval", f"persistent_term:put(max_message_size, {size}), application:set_env(rabbit, max_message_size, {size})."
    )
    try:
        yield
    finally:
        node.control("eval", "application:set_env(rabbit, max_message_size, 134217728).")


def stored(on: BusUnderTest) -> list[str]:
    """What the queue holds, each once: what went out again stands twice."""
    assert isinstance(on.foreign, PikaClient)
    return list(dict.fromkeys(body.decode() for body in on.foreign.drain(on.queue)))


def test_messages_larger_than_the_broker_takes_are_told_and_the_others_flow_in_order(
    on: BusUnderTest, node: LocalRabbit
) -> None:
    numbers = [str(number) for number in range(700)]
    messages = [on.message("x" * 5000 if number in ("3", "450", "699") else number) for number in numbers]
    with largest_message(node, LIMIT), on.bus.publisher() as publisher:
        outcomes = publisher.publish(messages, WAIT)
        assert publisher.publish([on.message("afterwards")], WAIT) == [CONFIRMED]
        assert publisher.last_error is None
    assert [index for index, outcome in enumerate(outcomes) if outcome is Outcome.TOO_LARGE] == [3, 450, 699]
    assert outcomes.count(CONFIRMED) == 697
    assert stored(on) == [number for number in numbers if number not in ("3", "450", "699")] + ["afterwards"]


def test_what_has_no_exchange_is_told_at_once_however_many_there_are(on: BusUnderTest) -> None:
    lost = [on.message("lost", exchange=f"{new_service('absent')}.requests") for _ in range(2)]
    messages = [on.message("a"), *lost, on.message("b"), *[replace(lost[0], message_id=str(n)) for n in range(300)]]
    outcomes = on.publish([*messages, on.message("c")])
    absent = Outcome.NO_EXCHANGE
    assert outcomes == [CONFIRMED, absent, absent, CONFIRMED, *[absent] * 300, CONFIRMED]
    assert stored(on) == ["a", "b", "c"]


def test_what_the_user_may_not_publish_is_told_and_the_rest_flows(on: BusUnderTest, node: LocalRabbit) -> None:
    user = new_service("user")
    other = BusUnderTest(node.url, on.foreign)
    other.declare()
    node.control("add_user", user, "secret")
    node.control("set_permissions", user, "^$", f"^{on.publisher_name}", "^$")
    try:
        messages = [on.message("a"), other.message("x"), on.message("b"), other.message("y"), on.message("c")]
        with RabbitPublisher(node.url.replace("guest:guest", f"{user}:secret")) as publisher:
            outcomes = publisher.publish(messages, WAIT)
    finally:
        node.control("delete_user", user)
        PikaClient.delete(on.foreign, other.queue)  # type: ignore[arg-type]
    assert outcomes == [CONFIRMED, Outcome.FORBIDDEN, CONFIRMED, Outcome.FORBIDDEN, CONFIRMED]
    assert stored(on) == ["a", "b", "c"]


def test_a_login_that_is_refused_is_about_no_message(on: BusUnderTest, node: LocalRabbit) -> None:
    with RabbitPublisher(node.url.replace("guest:guest", "guest:wrong")) as publisher:
        assert publisher.publish([on.message("a")], WAIT) == [Outcome.UNKNOWN]


def test_what_cannot_be_written_as_a_frame_is_told(on: BusUnderTest) -> None:
    unwritable = replace(on.message("x"), routing_key="k" * 300)
    outcomes = on.publish([on.message("a"), unwritable, on.message("b")])
    assert outcomes == [CONFIRMED, Outcome.REFUSED, CONFIRMED]
    assert stored(on) == ["a", "b"]

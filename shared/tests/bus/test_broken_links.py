"""What a publisher does on a link that is cut, half open, or brings no answers."""

import time
from collections.abc import Iterator

import pytest

from shared.bus import Outcome, connect
from shared.testing.bus_clients import PikaClient
from shared.testing.bus_under_test import WAIT, BusUnderTest
from shared.testing.processes import wait_until
from shared.testing.proxy import TO_CLIENT, TO_SERVER, Proxy
from shared.testing.servers import LocalRabbit

UNKNOWN = Outcome.UNKNOWN
CONFIRMED = Outcome.CONFIRMED


@pytest.fixture
def proxy(node: LocalRabbit) -> Iterator[Proxy]:
    with Proxy(node.url) as running:
        yield running


def stored(on: BusUnderTest) -> list[str]:
    assert isinstance(on.foreign, PikaClient)
    return [body.decode() for body in on.foreign.drain(on.queue)]


def test_a_link_cut_before_the_confirms_confirms_nothing_and_loses_nothing(on: BusUnderTest, proxy: Proxy) -> None:
    messages = [on.message(number) for number in range(200)]
    with connect(proxy.url).publisher() as publisher:
        assert publisher.publish([on.message("before")], WAIT) == [CONFIRMED]
        proxy.swallow(TO_CLIENT)
        assert publisher.publish(messages, 1) == [UNKNOWN] * 200
        proxy.cut()
        # The broker has them all; who was not told sends them again.
        wait_until(lambda: on.foreign.waiting(on.queue) == 201, 20, "the messages whose confirms were lost")
        assert publisher.publish(messages, WAIT) == [CONFIRMED] * 200
    numbers = [str(number) for number in range(200)]
    assert stored(on) == ["before", *numbers, *numbers]


@pytest.mark.parametrize("ways", [(TO_CLIENT,), (TO_SERVER,), (TO_SERVER, TO_CLIENT)], ids=str)
def test_a_half_open_link_is_given_up_at_the_deadline(on: BusUnderTest, proxy: Proxy, ways: tuple[str, ...]) -> None:
    with connect(proxy.url).publisher() as publisher:
        assert publisher.publish([on.message("before")], WAIT) == [CONFIRMED]
        proxy.swallow(*ways)
        asked = time.monotonic()
        assert publisher.publish([on.message("unheard")], 1) == [UNKNOWN]
        assert time.monotonic() - asked < 10
        assert not publisher.connected
        assert publisher.publish([on.message("after")], WAIT) == [CONFIRMED]
    assert [body for body in stored(on) if body != "unheard"] == ["before", "after"]


def test_a_publisher_that_waits_for_work_notices_a_cut_link(on: BusUnderTest, proxy: Proxy) -> None:
    with connect(proxy.url).publisher() as publisher:
        assert publisher.publish([on.message("before")], WAIT) == [CONFIRMED]
        proxy.cut()

        def noticed() -> bool:
            publisher.keep_alive()
            return not publisher.connected

        wait_until(noticed, 20, "the end of the link")
        assert publisher.publish([on.message("after")], WAIT) == [CONFIRMED]
    assert stored(on) == ["before", "after"]

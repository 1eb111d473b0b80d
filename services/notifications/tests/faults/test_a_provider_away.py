"""Mail server and gateway away for a minute while hundreds wait: nothing is lost, and nobody knocks without a pause."""

import json
import time

import pytest
from sqlalchemy import func, select

from notifications.messages.models import Message
from notifications.messages.queries import conservation
from notifications.providers.models import Provider
from notifications.testing.conditions import messages, steps
from notifications.testing.crowds import arrivals, tell, write_contacts
from notifications.testing.front import front_of
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.operated_web import OperatedWeb
from notifications.testing.sender_processes import Senders
from shared.principal import Grant
from shared.runtime import Runtime

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
PEOPLE = 500
SECONDS_AWAY = 60
SENDERS, THREADS = 2, 3  # processes; of each, threads that carry SMS
IN_A_ROW = 3
"""Failures after which a gateway is left alone."""
FIRST_KNOCKS = SENDERS * THREADS * IN_A_ROW
KNOCKS = FIRST_KNOCKS + 3 * SECONDS_AWAY
"""What a gateway that is away hears at most: of each thread until it is left alone, then probes with ever longer
pauses, of which the longest is a little more than a second here; the jitter takes away at most half."""


def _circuits(runtime: Runtime) -> dict[str, str]:
    with runtime.reading() as session:
        return {row.name: row.circuit for row in session.execute(select(Provider.name, Provider.circuit))}


def _openings(runtime: Runtime) -> int:
    with runtime.reading() as session:
        return session.get_one(Provider, "mailbox").openings


def _sample(runtime: Runtime) -> tuple[dict[str, int], int]:
    """The states, where the law holds, and how often rows were claimed so far."""
    with runtime.reading() as session:
        law = conservation(session)
        claims = session.scalar(select(func.sum(Message.attempt))) or 0
    assert law.holds
    return {state: number for state, number in law.states.items() if number}, claims


@pytest.fixture
def lease() -> int:
    """Nobody dies while a message is on its way."""
    return 60


def _to_the_front(environ: dict[str, str], url: str) -> None:
    environ["SMS_PROVIDERS"] = json.dumps([{"name": "mailbox", "kind": "generic", "url": url}])


def test_five_hundred_wait_through_a_minute_without_a_provider_and_all_arrive_once(
    runtime: Runtime, environ: dict[str, str], senders: Senders, mailbox: Mailbox
) -> None:
    assert tell(runtime, write_contacts(runtime, PEOPLE)) == PEOPLE
    with front_of(mailbox.url) as front:
        front.away = True
        _to_the_front(environ, front.url)
        mailbox.stop()
        try:
            for _ in range(SENDERS):
                senders.start()
            until(lambda: set(_circuits(runtime).values()) == {"open"}, seconds=120)
            back = time.monotonic() + SECONDS_AWAY
            until(lambda: _sample(runtime)[0].get("sent", 0) == 0 and time.monotonic() > back, seconds=120)
            states, claims = _sample(runtime)
            assert set(_circuits(runtime).values()) <= {"open", "probing"}
            assert set(states) <= {"pending", "sending"}
            assert claims < 2 * (KNOCKS + SENDERS * THREADS * 20)
        finally:
            mailbox.start()
        front.away = False
        until(lambda: _sample(runtime)[0] == {"sent": 2 * PEOPLE}, seconds=300)
        assert set(_circuits(runtime).values()) == {"closed"}
        for channel in ("sms", "email"):
            arrived = arrivals(mailbox, channel)
            assert (len(arrived), set(arrived.values())) == (PEOPLE, {1})
        knocks, taken = front.counted("away"), front.counted("taken")
    assert len(steps(runtime, "retry")) >= sum(knocks.values())
    assert sum(knocks.values()) <= KNOCKS
    # Each comes once after the return, one after the other on each thread: no burst, however many waited.
    assert (len(taken), set(taken.values())) == (PEOPLE, {1})
    assert front.at_once <= SENDERS * THREADS
    # Whoever was knocked with waits longer each time, and others come first.
    assert max(knocks.values()) <= 11
    assert len(knocks) >= IN_A_ROW
    assert not any(message.maybe_duplicate for message in messages(runtime))
    assert {step["code"] for step in steps(runtime, "retry")} <= {"no-connection", "disconnected-before", "http-503"}


def test_what_one_sender_learnt_of_a_gateway_holds_for_the_other_one_and_is_seen_by_staff(
    runtime: Runtime, environ: dict[str, str], web: OperatedWeb, senders: Senders, mailbox: Mailbox
) -> None:
    assert tell(runtime, write_contacts(runtime, 100)) == 100
    with front_of(mailbox.url) as front:
        front.away = True
        _to_the_front(environ, front.url)
        web.start()
        senders.start()
        until(lambda: _circuits(runtime).get("mailbox") == "open", seconds=120)
        senders.kill()
        heard, openings = len(front.records), _openings(runtime)
        senders.start()
        until(lambda: _openings(runtime) >= openings + 3, seconds=120)
        # The second one never saw the gateway at work, and yet it tries one message at a time.
        senders.kill()
        assert len(front.records) - heard <= _openings(runtime) - openings + 1
        until(web.is_ready, seconds=120)
        with web.browser("zhou", Grant("viewer", "*")) as browser:
            assert "“mailbox” is left alone: it does not answer" in browser.get("/").text
            assert "Left alone for a while" in browser.get("/providers/mailbox").text
            front.away = False
            senders.start()
            until(lambda: _circuits(runtime)["mailbox"] == "closed", seconds=120)
            assert "“mailbox” is left alone" not in browser.get("/").text
        until(lambda: _sample(runtime)[0] == {"sent": 200}, seconds=200)
    assert set(arrivals(mailbox, "sms").values()) == {1}

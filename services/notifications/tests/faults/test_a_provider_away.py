"""Mail server and gateway away for a minute while hundreds wait: nothing is lost, and nobody knocks without a pause."""

import time

import pytest
from sqlalchemy import func, select

from notifications.messages.models import Message
from notifications.messages.queries import conservation
from notifications.providers.models import Provider
from notifications.testing.conditions import messages, steps
from notifications.testing.crowds import arrivals, tell, write_contacts
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.sender_processes import Senders
from shared.runtime import Runtime

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
PEOPLE = 500
SECONDS_AWAY = 60
KNOCKS = 4 * 20 + 3 * SECONDS_AWAY
"""What is claimed at most while the providers are away: a first batch of each of four threads and channel, then probes
with ever longer pauses, of which the longest is a little more than a second here."""


def _circuits(runtime: Runtime) -> dict[str, str]:
    with runtime.reading() as session:
        return {row.name: row.circuit for row in session.execute(select(Provider.name, Provider.circuit))}


def _sample(runtime: Runtime) -> tuple[dict[str, int], int]:
    """The states, where the law holds, and how often rows were claimed so far."""
    with runtime.reading() as session:
        law = conservation(session)
        claims = session.scalar(select(func.sum(Message.attempt))) or 0
    assert law.holds
    return {state: number for state, number in law.states.items() if number}, claims


def test_five_hundred_wait_through_a_minute_without_a_provider_and_all_arrive_once(
    runtime: Runtime, senders: Senders, mailbox: Mailbox
) -> None:
    assert tell(runtime, write_contacts(runtime, PEOPLE)) == PEOPLE
    mailbox.stop()
    try:
        senders.start()
        senders.start()
        until(lambda: set(_circuits(runtime).values()) == {"open"}, seconds=120)
        back = time.monotonic() + SECONDS_AWAY
        until(lambda: _sample(runtime)[0].get("sent", 0) == 0 and time.monotonic() > back, seconds=SECONDS_AWAY + 60)
        states, claims = _sample(runtime)
        assert set(_circuits(runtime).values()) <= {"open", "probing"}
        assert set(states) <= {"pending", "sending"}
        assert claims < 2 * KNOCKS
    finally:
        mailbox.start()
    until(lambda: _sample(runtime)[0] == {"sent": 2 * PEOPLE}, seconds=300)
    assert set(_circuits(runtime).values()) == {"closed"}
    for channel in ("sms", "email"):
        arrived = arrivals(mailbox, channel)
        assert (len(arrived), set(arrived.values())) == (PEOPLE, {1})
    assert not any(message.maybe_duplicate for message in messages(runtime))
    assert {step["code"] for step in steps(runtime, "retry")} <= {"no-connection", "disconnected-before"}

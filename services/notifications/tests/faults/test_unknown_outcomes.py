"""Gateways that take a message and lose the answer, refuse the connection, or want to be left alone; two senders."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import update

from notifications.contacts.models import Contact
from notifications.providers.models import Provider
from notifications.testing.conditions import messages, states, steps
from notifications.testing.crowds import arrivals, tell, write_contacts
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.operated_web import OperatedWeb
from notifications.testing.sender_processes import Senders
from shared.runtime import Runtime
from shared.testing.ports import free_port

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
PEOPLE = 16
ONE_TRY = {"YIZHAN_SEND_TRIES": "1", "YIZHAN_SEND_LEASE": "60"}
"""Whoever uses up a try has failed. Nobody dies: a lease that lasts lets a busy machine take its time to answer."""


@pytest.fixture
def lease() -> int:
    """Long enough for a busy gateway to answer, and short enough to wait for until it is asked."""
    return 12


@pytest.fixture
def waiting(runtime: Runtime) -> Callable[[], None]:
    """An SMS for each of so many people; no mails."""

    def queued() -> None:
        people = write_contacts(runtime, PEOPLE)
        with runtime.database.writing() as session:
            session.execute(update(Contact).values(email=None))
        assert tell(runtime, people) == PEOPLE

    return queued


def _gateways(environ: dict[str, str], *entries: dict[str, object]) -> None:
    environ["SMS_PROVIDERS"] = json.dumps([{"kind": "generic", **entry} for entry in entries])


def _everybody_once(runtime: Runtime, mailbox: Mailbox) -> bool:
    """Exactly one SMS each, by the gateway's own record."""
    arrived = arrivals(mailbox, "sms")
    return set(arrived.values()) == {1} and set(arrived) == {str(one.message_id) for one in messages(runtime)}


def test_an_sms_whose_answer_was_lost_is_asked_for_and_not_sent_again(
    runtime: Runtime, senders: Senders, mailbox: Mailbox, waiting: Callable[[], None]
) -> None:
    waiting()
    mailbox.fault("sms", "no-receipt")
    mailbox.fault("sms", "lose-answer", remaining=PEOPLE, seconds=0.05)
    senders.start()
    senders.start()
    until(lambda: states(runtime) == {"sent": PEOPLE}, seconds=200)
    assert _everybody_once(runtime, mailbox)
    assert len(steps(runtime, "unknown")) >= PEOPLE
    assert {step["code"] for step in steps(runtime, "sent")} == {"found-by-own-id"}
    assert {one.delivery for one in messages(runtime)} == {None}


def test_an_sms_whose_answer_was_lost_is_settled_by_the_receipt_of_a_gateway_that_cannot_be_asked(
    runtime: Runtime,
    web: OperatedWeb,
    environ: dict[str, str],
    senders: Senders,
    mailbox: Mailbox,
    waiting: Callable[[], None],
) -> None:
    """The web process is down at first: the receipts come again until somebody takes them."""
    waiting()
    _gateways(environ, {"name": "mailbox", "url": f"{mailbox.url}/sms", "can_be_asked": False})
    mailbox.fault("sms", "lose-answer", remaining=PEOPLE, seconds=0.05)
    senders.start()
    senders.start()
    until(lambda: states(runtime) == {"unknown": PEOPLE}, seconds=200)
    web.start()
    until(lambda: states(runtime) == {"sent": PEOPLE}, seconds=200)
    assert _everybody_once(runtime, mailbox)
    assert {one.delivery for one in messages(runtime)} == {"delivered"}
    assert len(steps(runtime, "receipt")) == PEOPLE
    assert {step["code"] for step in steps(runtime, "sent")} <= {"receipt"}  # by a sender that was about to ask


def test_a_gateway_that_refuses_the_connection_gives_way_to_the_next_one_at_once(
    runtime: Runtime, environ: dict[str, str], senders: Senders, mailbox: Mailbox, waiting: Callable[[], None]
) -> None:
    """At once: nobody is given back, waits, or uses up a try; one try is all that each has."""
    waiting()
    closed = f"http://127.0.0.1:{free_port()}/sms"
    _gateways(environ, {"name": "first", "url": closed}, {"name": "mailbox", "url": f"{mailbox.url}/sms"})
    environ |= ONE_TRY
    senders.start()
    senders.start()
    until(lambda: states(runtime) == {"sent": PEOPLE}, seconds=200)
    assert _everybody_once(runtime, mailbox)
    assert {(one.provider, one.tries) for one in messages(runtime)} == {("mailbox", 0)}
    assert steps(runtime, "retry") == []
    with runtime.reading() as session:
        circuits = {name: session.get_one(Provider, name).circuit for name in ("first", "mailbox")}
    assert circuits["first"] != "closed"
    assert circuits["mailbox"] == "closed"


def test_whom_a_gateway_throttles_waits_without_using_up_a_try(
    runtime: Runtime, environ: dict[str, str], senders: Senders, mailbox: Mailbox, waiting: Callable[[], None]
) -> None:
    waiting()
    refusals = 8
    mailbox.fault("sms", "throttle", remaining=refusals)
    environ |= ONE_TRY
    senders.start()
    senders.start()
    until(lambda: states(runtime) == {"sent": PEOPLE}, seconds=200)
    assert _everybody_once(runtime, mailbox)
    assert len(steps(runtime, "throttled")) == refusals
    assert {one.tries for one in messages(runtime)} == {0}

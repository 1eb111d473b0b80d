"""Receipts on their real way: gateway simulator, web process as it is operated, database; and senders beside it."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from notifications.contacts.models import Contact
from notifications.messages.models import Message, MessageStep
from notifications.messages.queries import conservation
from notifications.receipts.commands import signature
from notifications.testing.conditions import messages, states, steps
from notifications.testing.crowds import arrivals, tell, write_contacts
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.operated_web import OperatedWeb
from notifications.testing.sender_processes import Senders
from shared.database.tables import OutboxRow
from shared.runtime import Runtime
from shared.testing.parallel import at_once

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
KEY = "development-receipt-key"


@pytest.fixture
def lease() -> int:
    return 30


def _queue_sms(runtime: Runtime, number: int) -> dict[str, str]:
    """An SMS to each of so many; telephone number -> id of the message."""
    people = write_contacts(runtime, number)
    with runtime.database.writing() as session:
        session.execute(update(Contact).values(email=None))
    assert tell(runtime, people) == number
    return {one.address: str(one.message_id) for one in messages(runtime)}


def _post(web: OperatedWeb, receipts: list[dict[str, Any]], key: str = KEY) -> httpx.Response:
    body = json.dumps(receipts).encode()
    headers = {"X-Yizhan-Signature": signature(key, body), "Content-Type": "application/json"}
    return httpx.post(f"{web.url}/api/v1/receipts/mailbox", content=body, headers=headers, timeout=60, trust_env=False)


def _deliveries(runtime: Runtime) -> dict[str | None, int]:
    return dict(Counter(message.delivery for message in messages(runtime)))


def _receipts_noted(runtime: Runtime) -> Counter[Any]:
    """How many lines of a receipt each message has in its timeline."""
    with runtime.reading() as session:
        noted = select(MessageStep.message_id, func.count()).where(MessageStep.kind == "receipt")
        return Counter(dict(session.execute(noted.group_by(MessageStep.message_id)).all()))


def _failures_told(runtime: Runtime) -> int:
    with runtime.reading() as session:
        return session.scalar(select(func.count()).where(OutboxRow.type.like("%.message.failed.v1"))) or 0


def _law_holds(runtime: Runtime) -> bool:
    with runtime.reading() as session:
        return conservation(session).holds


def test_receipts_twice_in_the_wrong_order_early_late_and_forged_each_count_once(
    runtime: Runtime, web: OperatedWeb, senders: Senders, mailbox: Mailbox
) -> None:
    kinds = [
        "",
        "undelivered",
        "duplicate-receipt",
        "reordered-receipt",
        "late-receipt",
        "early-receipt",
        "forged-receipt",
    ]
    phones = list(_queue_sms(runtime, 5 * len(kinds)))
    for number, phone in enumerate(phones):
        if kind := kinds[number % len(kinds)]:
            mailbox.fault("sms", kind, recipient=phone, remaining=1, seconds=8)
    web.start()
    until(web.is_ready, seconds=120)
    senders.start()
    senders.start()
    until(lambda: states(runtime).get("sent") == len(phones) and None not in _deliveries(runtime), seconds=200)
    assert _deliveries(runtime) == {"delivered": len(phones) - 5, "undelivered": 5}
    wrong = {one.address for one in messages(runtime) if one.delivery == "undelivered"}
    assert wrong == set(phones[1 :: len(kinds)])
    assert set(_receipts_noted(runtime).values()) == {1}
    assert _failures_told(runtime) == 5
    assert set(arrivals(mailbox, "sms").values()) == {1}
    assert _law_holds(runtime)


def test_large_batches_that_come_at_once_in_opposite_orders_are_all_taken_and_counted_once(
    runtime: Runtime, web: OperatedWeb, senders: Senders, mailbox: Mailbox
) -> None:
    """What each batch says new is said once in all; the first final word about a message stands."""
    mailbox.fault("sms", "no-receipt")
    ids = list(_queue_sms(runtime, 300).values())
    web.start()
    senders.start()
    senders.start()
    until(lambda: states(runtime) == {"sent": len(ids)}, seconds=200)
    until(web.is_ready, seconds=120)
    forged = _post(web, [{"id": one, "state": "undelivered"} for one in ids], key="somebody else's key")
    assert (forged.status_code, _deliveries(runtime)) == (403, {None: len(ids)})

    batch = [
        {"id": one, "state": state} for one in ids for state in ("delivered", "sending", "undelivered", "delivered")
    ]
    unknown = [{"id": "00000000-0000-4000-8000-000000000000", "state": "delivered"}]
    halves = [batch[:800], batch[400:], list(reversed(batch[::2]))[:900], unknown + batch[::4]]
    answers = at_once(*(partial(_post, web, half) for half in halves))
    assert [answer.status_code for answer in answers] == [200] * len(halves)
    assert sum(answer.json()["new"] for answer in answers) == len(ids)
    assert set(_receipts_noted(runtime).values()) == {1}
    assert sum(_deliveries(runtime).values()) == len(ids)
    assert None not in _deliveries(runtime)
    settled = _deliveries(runtime)
    assert _post(web, [{"id": one, "state": "undelivered"} for one in ids]).json() == {"new": 0}
    assert _deliveries(runtime) == settled
    assert _failures_told(runtime) == settled.get("undelivered", 0)
    assert _law_holds(runtime)


def test_while_the_database_is_away_a_receipt_is_not_taken_and_comes_again(
    runtime: Runtime,
    web: OperatedWeb,
    senders: Senders,
    mailbox: Mailbox,
    without_database: Callable[[], AbstractContextManager[None]],
) -> None:
    """Half of the receipts come while nobody can write; what the gateway itself repeats settles them afterwards."""
    people = 20
    mailbox.fault("sms", "late-receipt", seconds=15)
    ids = list(_queue_sms(runtime, people).values())
    web.start()
    until(web.is_ready, seconds=120)
    senders.start()
    until(lambda: states(runtime) == {"sent": people}, seconds=120)
    assert set(_deliveries(runtime)) == {None}
    senders.stop()
    with without_database():
        answer = _post(web, [{"id": ids[0], "state": "delivered"}])
        assert answer.status_code >= 500
        assert answer.headers["Content-Type"].startswith("application/problem+json")
    until(lambda: _deliveries(runtime) == {"delivered": people}, seconds=200)
    assert set(_receipts_noted(runtime).values()) == {1}
    assert steps(runtime, "unknown") == []
    with runtime.reading() as session:
        assert session.scalar(select(func.count()).where(Message.state != "sent")) == 0

"""Ten thousand of one bulk: neither another bulk nor urgent messages wait for them."""

from uuid import UUID

import pytest
from sqlalchemy import insert

from notifications.contacts.models import Contact
from notifications.messages.drafts import Drafts
from notifications.messages.rules import LANES, notice_id
from notifications.testing.conditions import messages
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.sender_processes import Senders
from shared.clock import utc_now
from shared.identifiers import new_id
from shared.runtime import Runtime

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
BULK, SMALL, URGENT = 10_000, 60, 40
THREADS = 4  # of a sender that carry mails: three for all lanes, one for urgent ones
LARGEST_BATCH = 100


def _people(runtime: Runtime, number: int, domain: str) -> list[UUID]:
    people = [new_id() for _ in range(number)]
    rows = [
        {
            "person_id": one,
            "name": "某某",
            "language": "zh-Hans",
            "phone": None,
            "email": f"{one.hex}@{domain}.sample.invalid",
            "guardians": [],
            "sample": True,
            "updated_at": utc_now(),
        }
        for one in people
    ]
    with runtime.database.writing() as session:
        session.execute(insert(Contact.__table__), rows)  # type: ignore[arg-type]
    return people


def _tell(runtime: Runtime, people: list[UUID], lane: str) -> None:
    """One originator with a message for each of these people."""
    event = new_id()
    with runtime.unit_of_work() as work:
        common = {
            "event_id": event, "event_type": "facilities.booking.confirmed", "event_time": work.now,
            "subject": f"booking/{event}", "subject_version": 1, "correlation_id": work.correlation_id,
            "traceparent": None, "rule_key": "booking-confirmed", "rule_version": 1,
            "template_key": "booking-confirmed", "channels": ["email"], "lane": LANES[lane], "category": "affairs",
            "passes_quiet_hours": False, "body": None,
            "facts": {"resource": None, "when": {"from": "2030-01-01T09:00:00+00:00", "to": None}},
            "expires_at": work.now.replace(year=work.now.year + 1),
        }  # fmt: skip
        drafts = Drafts(work)
        for start in range(0, len(people), 500):
            chunk = people[start : start + 500]
            drafts.look_up(chunk)
            for one in chunk:
                drafts.resolve(drafts.add(common, notice_id(event, "booking-confirmed", one), one, about=one))
            drafts.write()


def _order(mailbox: Mailbox) -> list[str]:
    """What kind each arrived mail is of, in the order of arrival."""
    arrived = mailbox.messages(channel="email", limit=20_000)
    return [message["to"].partition("@")[2].partition(".")[0] for message in reversed(arrived)]


def _seen(mailbox: Mailbox) -> int:
    return int(mailbox.get("/api/messages", limit=1).json()["newest"])


def _state(runtime: Runtime, person: UUID) -> str:
    [message] = messages(runtime, person)
    return message.state


def test_a_small_bulk_and_urgent_messages_pass_a_bulk_of_ten_thousand(
    runtime: Runtime, senders: Senders, mailbox: Mailbox
) -> None:
    """What is counted is how many mails of the large bulk still go out before the others: the order of claims, and
    what is claimed already, decide that, not the machine."""
    large, small = _people(runtime, BULK, "large"), _people(runtime, SMALL, "small")
    urgent = _people(runtime, URGENT, "urgent")
    _tell(runtime, large, "bulk")
    senders.start()
    until(lambda: _seen(mailbox) >= 500, seconds=120)
    _tell(runtime, small, "bulk")
    waited = []
    for one in urgent:
        before = _seen(mailbox)
        _tell(runtime, [one], "urgent")
        until(lambda one=one: _state(runtime, one) == "sent", seconds=60)  # type: ignore[misc]
        waited.append(_seen(mailbox) - before)
    until(lambda: _order(mailbox).count("small") == SMALL, seconds=300)
    order = _order(mailbox)
    in_hand = THREADS * LARGEST_BATCH
    first, last = order.index("small"), len(order) - 1 - order[::-1].index("small")
    assert order[first : last + 1].count("large") <= SMALL + in_hand
    assert order.count("large") < BULK
    assert sorted(waited)[int(len(waited) * 0.95)] <= 2 * in_hand
    senders.stop()

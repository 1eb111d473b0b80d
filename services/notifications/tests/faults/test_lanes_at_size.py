"""Ten thousand mails and thousands of SMS of one bulk: neither another bulk nor urgent messages wait for them."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import insert

from notifications.contacts.models import Contact
from notifications.messages.drafts import Drafts
from notifications.messages.models import Message
from notifications.messages.rules import LANES, notice_id
from notifications.testing.conditions import messages
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.sender_processes import Senders
from shared.clock import utc_now
from shared.identifiers import new_id
from shared.runtime import Runtime

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
BULK, BULK_SMS, SMALL, URGENT = 10_000, 3_000, 60, 40
SENDERS = 2
THREADS = {"email": 3, "sms": 2}  # of a sender, those that carry bulk
LARGEST_BATCH = 100
IN_HAND = {channel: SENDERS * threads * LARGEST_BATCH for channel, threads in THREADS.items()}
"""What may have been claimed already when a message becomes due. A batch is meant to take a second, so that as many go
out in the half second after which a thread for urgent ones looks again."""


@pytest.fixture
def lease() -> int:
    return 60


def _people(runtime: Runtime, number: int, domain: str, phones: int = 0) -> list[UUID]:
    """So many, of whom the first also have a telephone number."""
    people = [new_id() for _ in range(number)]
    rows = [
        {
            "person_id": one,
            "name": "某某",
            "language": "zh-Hans",
            "phone": f"+861{one.int % 10**10:010d}" if place < phones else None,
            "email": f"{one.hex}@{domain}.sample.invalid",
            "guardians": [],
            "sample": True,
            "updated_at": utc_now(),
        }
        for place, one in enumerate(people)
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
            "template_key": "booking-confirmed", "channels": ["sms", "email"], "lane": LANES[lane],
            "category": "affairs", "passes_quiet_hours": False, "body": None,
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


def _sent(runtime: Runtime, person: UUID) -> dict[str, Message]:
    """By channel the messages to this person, once all of them were sent; else nothing."""
    found = messages(runtime, person)
    return {message.channel: message for message in found} if all(one.state == "sent" for one in found) else {}


def _overtaken(mailbox: Mailbox, since: int, one: Message) -> int:
    """How many of the bulk, of the same channel, came between that moment and this message."""
    between = mailbox.messages(channel=one.channel, since=str(since), limit=20_000)
    numbers = {message["message_id"].strip("<>").partition("@")[0]: message["id"] for message in between}
    return sum(number < numbers[str(one.message_id)] for number in numbers.values())


def test_a_small_bulk_and_urgent_messages_pass_a_bulk_of_ten_thousand(
    runtime: Runtime, senders: Senders, mailbox: Mailbox
) -> None:
    """What is counted is how many of the large bulk still go out before the others: the order of claims, and what is
    claimed already, decide that, not the machine. The seconds are only told."""
    large = _people(runtime, BULK, "large", BULK_SMS)
    small, urgent = _people(runtime, SMALL, "small"), _people(runtime, URGENT, "urgent", URGENT)
    _tell(runtime, large, "bulk")
    for _ in range(SENDERS):
        senders.start()
    until(lambda: _seen(mailbox) >= 500, seconds=120)
    _tell(runtime, small, "bulk")
    waited: dict[str, list[int]] = {channel: [] for channel in THREADS}
    seconds = []
    for one in urgent:
        before = _seen(mailbox)
        _tell(runtime, [one], "urgent")
        for message in until(lambda one=one: _sent(runtime, one), seconds=60).values():  # type: ignore[misc]
            waited[message.channel].append(_overtaken(mailbox, before, message))
            seconds.append((message.finished_at - message.created_at).total_seconds())
    bulk_under_way = _order(mailbox).count("large") < BULK
    until(lambda: _order(mailbox).count("small") == SMALL, seconds=300)
    order = _order(mailbox)
    print(f"urgent, due to sent: p50 {_share(seconds, 0.5):.2f} s, p95 {_share(seconds, 0.95):.2f} s;"
          f" overtaken by at most {({channel: max(found) for channel, found in waited.items()})}")  # fmt: skip
    first, last = order.index("small"), len(order) - 1 - order[::-1].index("small")
    assert order[first : last + 1].count("large") <= SMALL + IN_HAND["email"]
    assert bulk_under_way
    for channel, most in IN_HAND.items():
        assert len(waited[channel]) == URGENT
        assert _share(waited[channel], 0.95) <= most
    senders.stop()


def _share(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]

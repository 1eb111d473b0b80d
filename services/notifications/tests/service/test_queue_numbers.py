"""Whose turn it is within a lane: one message of each originator after the other."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import update

from notifications.messages.models import Message
from notifications.messages.queueing import KEPT, QueueNumber, forget_numbers
from notifications.sending.claims import claim, release
from notifications.sending.sender import Sender
from notifications.testing.conditions import states
from notifications.testing.others import Others
from shared.runtime import Runtime
from shared.testing.delivery import event, hand_over
from shared.testing.fakes import SettableClock

LEASE = timedelta(seconds=60)


def _bulk(runtime: Runtime, others: Others, people: int) -> UUID:
    """One event for so many people, who have no e-mail."""
    parties = [str(others.contact(email=None)) for _ in range(people)]
    data = {"dispute_id": str(uuid4()), "body": "union", "person_ids": parties}
    return others.tell("welfare", "dispute.opened", data).id


def _claimed(runtime: Runtime, most: int) -> list[UUID]:
    return [held.event_id for held in claim(runtime, "sms", LEASE, most, ["normal"])]


def test_a_bulk_that_comes_later_takes_turns_with_the_rest_of_the_one_before(runtime: Runtime, others: Others) -> None:
    first = _bulk(runtime, others, 12)
    assert _claimed(runtime, 4) == [first] * 4
    second = _bulk(runtime, others, 3)
    third = _bulk(runtime, others, 3)
    assert Counter(_claimed(runtime, 9)) == {first: 3, second: 3, third: 3}
    assert _claimed(runtime, 9) == [first] * 5


def test_who_asks_once_waits_for_one_turn_of_each(runtime: Runtime, others: Others) -> None:
    bulks = [_bulk(runtime, others, 5), _bulk(runtime, others, 5)]
    event_id = others.registration("confirmed", others.contact(email=None)).id
    assert _claimed(runtime, 3) == [*bulks, event_id]


def test_the_events_of_one_request_take_one_turn_together(runtime: Runtime, others: Others) -> None:
    first = _bulk(runtime, others, 1)
    chain = []
    for number in range(6):
        data = {"relief_id": str(uuid4()), "person_id": str(others.contact(email=None)), "body": "union"}
        told = event("welfare", "relief.paid", uuid4(), data, runtime=runtime)
        chain.append(replace(told, correlationid="one request"))
        if number == 3:
            hand_over(runtime, *chain)
    hand_over(runtime, *chain[4:])
    last = _bulk(runtime, others, 2)
    taken = _claimed(runtime, 5)
    assert taken == [first, chain[0].id, last, chain[1].id, last]
    assert _claimed(runtime, 9) == [told.id for told in chain[2:]]


def test_what_had_to_wait_comes_back_with_its_number(runtime: Runtime, others: Others) -> None:
    _bulk(runtime, others, 5)
    held = claim(runtime, "sms", LEASE, 2, ["normal"])
    release(runtime, held[:1], [timedelta(0)])
    release(runtime, held[1:], [timedelta(hours=1)])
    again = claim(runtime, "sms", LEASE, 9, ["normal"])
    assert [one.id for one in again][:1] == [held[0].id]
    assert len(again) == 4


def test_rows_of_a_release_that_knows_no_numbers_are_sent(runtime: Runtime, others: Others, sender: Sender) -> None:
    _bulk(runtime, others, 2)
    with runtime.database.writing() as session:
        session.execute(update(Message).values(resting=True, queue_number=0))
    sender.run_once()
    assert states(runtime) == {"sent": 2}


def test_numbers_of_those_who_send_nothing_any_more_are_forgotten(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    _bulk(runtime, others, 2)
    clock.advance(hours=KEPT.total_seconds() / 3600 + 1)
    _bulk(runtime, others, 1)
    forget_numbers(runtime)
    with runtime.reading() as session:
        assert session.query(QueueNumber).count() == 1

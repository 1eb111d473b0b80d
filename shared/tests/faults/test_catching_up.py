"""A new consumer of a publisher with a past, which goes on writing meanwhile: it ends equal, nobody else notices."""

import random
import threading
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.bus import Bus, Consumption, ReceivedMessage, connect, topology_for
from shared.identifiers import new_id
from shared.testing.example import Note, Thing, name_thing
from shared.testing.processes import wait_until

OTHER = "stranger.publisher-events"
WRITERS = 3


def past(pair: Any, number: int) -> list[UUID]:
    things = [new_id() for _ in range(number)]
    for begin in range(0, number, 500):
        with pair.runtimes["publisher"].unit_of_work() as work:
            for thing in things[begin : begin + 500]:
                name_thing(work, thing, "past")
    return things


def write_on(pair: Any, things: list[UUID], seed: int, stop: threading.Event) -> int:
    """Give things new names until told to stop; how many."""
    chance, written = random.Random(seed), 0
    while not stop.is_set():
        with pair.runtimes["publisher"].unit_of_work() as work:
            for thing in sorted(chance.sample(things, 3)):
                name_thing(work, thing, f"{seed}-{written}")
                written += 1
        stop.wait(0.1)
    return written


def present(pair: Any) -> dict[UUID, str]:
    with pair.runtimes["publisher"].reading() as session:
        return {thing.id: thing.name for thing in session.scalars(select(Thing))}


def last_noted(pair: Any) -> dict[UUID, str]:
    with pair.runtimes["reader"].reading() as session:
        notes = session.execute(select(Note.thing_id, Note.text).order_by(Note.id))
        return {thing: text.removeprefix("snapshot ") for thing, text in notes}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", [300, pytest.param(5000, marks=[pytest.mark.long])])
def test_a_new_consumer_ends_equal_to_its_publisher_and_others_get_nothing_extra(pair: Any, number: int) -> None:
    bus = connect(pair.bus_url)
    bus.declare(topology_for("publisher"))
    pair.delete_queue(OTHER)
    bus.declare(topology_for("stranger", consumes=[Consumption("publisher")]))
    things = past(pair, number)
    pair.worker("publisher")
    pair.wait_until_published()
    stop = threading.Event()
    written: list[int] = []
    writers = [
        threading.Thread(target=lambda seed=seed: written.append(write_on(pair, things, seed, stop)))
        for seed in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    try:
        pair.worker("reader")
        wait_until(lambda: len(last_noted(pair)) == number, 300, "a note of every thing")
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    wait_until(lambda: last_noted(pair) == present(pair), 120, "the reader equal to its publisher")
    pair.wait_until_published()
    others = received(bus, number + sum(written))
    assert {message.type for message in others} == {"org.yizhan.publisher.thing.named.v1"}
    assert len({message.message_id for message in others}) == number + sum(written)


def received(bus: Bus, number: int) -> list[ReceivedMessage]:
    """What waits in the other queue, at least so many messages."""
    found: list[ReceivedMessage] = []
    stop = threading.Event()
    reading = threading.Thread(target=bus.receiver([OTHER]).run, args=(stop, found.extend))
    reading.start()
    try:
        wait_until(lambda: len(found) >= number, 60, "the other consumer's events")
    finally:
        stop.set()
        reading.join()
    return found

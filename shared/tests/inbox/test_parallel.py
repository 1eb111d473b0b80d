"""The same messages by two receivers at once, and two processors at once: each event has its effect once, in order."""

import random
from uuid import UUID

from sqlalchemy import func, select

from shared.database.tables import InboxRow
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.inbox.intake import take_batch
from shared.inbox.processor import Processor
from shared.runtime import Runtime
from shared.testing.delivery import HandMadeMessage
from shared.testing.example import Note
from shared.testing.parallel import at_once

QUEUE = "reader.publisher-events"
SUBJECTS, VERSIONS = 12, 6


def event(runtime: Runtime, thing: UUID, version: int) -> HandMadeMessage:
    envelope = Envelope(
        id=new_id(),
        source="/services/publisher",
        type="org.yizhan.publisher.thing.named.v1",
        subject=f"thing/{thing}",
        subjectversion=version,
        time=runtime.clock(),
        data={"thing_id": str(thing), "name": str(version)},
    )
    return HandMadeMessage(QUEUE, envelope.to_json().encode())


def test_what_two_receivers_and_two_processors_do_at_once_happens_once_and_in_order(reader: Runtime) -> None:
    things = [new_id() for _ in range(SUBJECTS)]
    messages = [event(reader, thing, version) for version in range(1, VERSIONS + 1) for thing in things]
    chance = random.Random(7)

    def take(disorder: bool) -> None:
        mine = chance.sample(messages, len(messages)) if disorder else messages
        for begin in range(0, len(mine), 20):
            sources = {QUEUE: "/services/publisher"}
            take_batch(reader.database, mine[begin : begin + 20], sources=sources, clock=reader.clock)

    def process() -> None:
        processor = Processor(reader)
        while done() < len(messages):
            processor.run_once()

    def done() -> int:
        with reader.reading() as session:
            counted = select(func.count()).select_from(InboxRow).where(InboxRow.status == "done")
            return int(session.execute(counted).scalar_one())

    at_once(lambda: take(False), lambda: take(True), lambda: take(True), process, process)
    with reader.reading() as session:
        assert session.execute(select(func.count()).select_from(InboxRow)).scalar_one() == len(messages)
        for thing in things:
            noted = session.scalars(select(Note.text).where(Note.thing_id == thing).order_by(Note.id)).all()
            assert noted == [str(version) for version in range(1, VERSIONS + 1)]

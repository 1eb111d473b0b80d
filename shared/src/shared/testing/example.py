"""The two small services of the kernel's tests: things are named in one and noted down in the other."""

import logging
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy import String, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shared.database import UnitOfWork, Uuid, new_metadata
from shared.events import Registry
from shared.inbox import Reactions, ReceivedEvent
from shared.runtime import Runtime
from shared.service import Service
from shared.timers import Timer

log = logging.getLogger(__name__)


class PublisherBase(DeclarativeBase):
    metadata = new_metadata()


class Thing(PublisherBase):
    __tablename__ = "things"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class ThingData(Schema):
    thing_id = fields.UUID(required=True)
    name = fields.String(required=True)


registry = Registry("publisher")
_EXAMPLE = {"thing_id": "0192f0c1-0000-7000-8000-000000000001", "name": "lamp"}
thing_named = registry.event("thing.named", ThingData, meaning="A thing got a name.", example=_EXAMPLE)
thing_snapshot = registry.snapshot("thing", ThingData, meaning="A thing as it is.", example=_EXAMPLE)


def name_thing(work: UnitOfWork, thing_id: UUID, name: str) -> None:
    thing = work.lock(Thing, thing_id)
    if thing is None:
        work.session.add(Thing(id=thing_id, name=name))
    else:
        thing.name = name
    work.record(thing_named, thing_id, {"thing_id": thing_id, "name": name})


LATER = "later "


def name_what_was_put_off(runtime: Runtime) -> int:
    """A timer: each thing called ``later <name>`` gets its name, in a commit of its own."""
    with runtime.reading() as session:
        found = list(session.scalars(select(Thing.id).where(Thing.name.startswith(LATER))))
    for thing_id in found:
        with runtime.unit_of_work() as work:
            thing = work.lock(Thing, thing_id)
            if thing is not None and thing.name.startswith(LATER):
                name_thing(work, thing_id, thing.name.removeprefix(LATER))
    return len(found)


def things(
    session: Session, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    query = select(Thing).order_by(Thing.id).limit(limit)
    if after is not None:
        query = query.where(Thing.id > after)
    if only is not None:
        query = query.where(Thing.id == only)
    return [(thing.id, {"thing_id": thing.id, "name": thing.name}) for thing in session.scalars(query)]


class ReaderBase(DeclarativeBase):
    metadata = new_metadata()


class Note(ReaderBase):
    """What the reader wrote down, one row for each effect, so that doubles would show."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    thing_id: Mapped[UUID] = mapped_column(Uuid)
    text: Mapped[str] = mapped_column(String(80))


class NeedsThing(Schema):
    class Meta:
        unknown = EXCLUDE

    thing_id = fields.UUID(required=True)
    name = fields.String(required=True)


class NoteData(Schema):
    thing_id = fields.UUID(required=True)


reader_registry = Registry("reader")
note_answered = reader_registry.event(
    "note.answered",
    NoteData,
    meaning="A thing whose name asks for an answer was noted down.",
    example={"thing_id": _EXAMPLE["thing_id"]},
)
reactions = Reactions("publisher")
CURE = "YIZHAN_EXAMPLE_CURE"
"""The environment variable with which the reader can handle what it could not without."""
SLOW = "slow "
"""Begins a name that takes as many seconds to note down as it says. On PostgreSQL."""


@reactions.on("thing.named", needs=NeedsThing)
def note_down(work: UnitOfWork, event: ReceivedEvent) -> None:
    if event.data["name"] == "poison" and CURE not in os.environ:
        raise RuntimeError("this one cannot be handled")
    if event.data["name"].startswith(SLOW):
        work.session.execute(select(func.pg_sleep(float(event.data["name"].removeprefix(SLOW)))))
    work.session.add(Note(thing_id=event.data["thing_id"], text=event.data["name"]))
    log.info("noted down")
    if event.data["name"].endswith("?"):
        work.record(note_answered, event.data["thing_id"], {"thing_id": event.data["thing_id"]})


@reactions.on("thing.snapshot", needs=NeedsThing)
def note_snapshot(work: UnitOfWork, event: ReceivedEvent) -> None:
    work.session.add(Note(thing_id=event.data["thing_id"], text=f"snapshot {event.data['name']}"))


PUBLISHER = Service(
    name="publisher",
    registry=registry,
    metadata=PublisherBase.metadata,
    timers=(Timer("name-what-was-put-off", timedelta(seconds=0.2), name_what_was_put_off),),
    snapshots={"thing": things},
    web="shared.testing.example_web:create_app",
    migrations="shared.database.migrations",
)
READER = Service(
    name="reader",
    registry=reader_registry,
    metadata=ReaderBase.metadata,
    reactions=(reactions,),
    migrations="shared.database.migrations",
)

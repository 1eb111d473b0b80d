"""The two small services of the kernel's tests: things are named in one and noted down in the other."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy import String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shared.database import UnitOfWork, Uuid, new_metadata
from shared.events import Registry
from shared.inbox import Reactions, ReceivedEvent
from shared.service import Service


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


reactions = Reactions("publisher")


@reactions.on("thing.named", needs=NeedsThing)
def note_down(work: UnitOfWork, event: ReceivedEvent) -> None:
    if event.data["name"] == "poison":
        raise RuntimeError("this one cannot be handled")
    work.session.add(Note(thing_id=event.data["thing_id"], text=event.data["name"]))


@reactions.on("thing.snapshot", needs=NeedsThing)
def note_snapshot(work: UnitOfWork, event: ReceivedEvent) -> None:
    work.session.add(Note(thing_id=event.data["thing_id"], text=f"snapshot {event.data['name']}"))


PUBLISHER = Service(
    name="publisher",
    registry=registry,
    metadata=PublisherBase.metadata,
    snapshots={"thing": things},
    migrations="shared.database.migrations",
)
READER = Service(
    name="reader",
    registry=Registry("reader"),
    metadata=ReaderBase.metadata,
    reactions=(reactions,),
    migrations="shared.database.migrations",
)

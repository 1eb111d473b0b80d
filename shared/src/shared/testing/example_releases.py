"""Later releases of the two example services: an event changes its major, and a noun comes that was not read before.

The publisher names things in two majors and ties tags to them. Three releases of the reader: ``reader`` reads the
first major alone, ``reader-2`` the second one, and tags. As processes:
``python -m shared.testing.example_releases publisher-2|reader|reader-2 ROLE,...``
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database import UnitOfWork, Uuid
from shared.events import Registry
from shared.inbox import Reactions, ReceivedEvent
from shared.operations.logs import configure
from shared.runtime import Runtime
from shared.service import Service
from shared.testing.example import READER, Note, PublisherBase, ReaderBase, Thing, ThingData, things
from shared.worker.main import run_worker


class Tag(PublisherBase):
    __tablename__ = "tags"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    label: Mapped[str] = mapped_column(String(80))


class TitledThing(Schema):
    thing_id = fields.UUID(required=True)
    title = fields.String(required=True)


class TagData(Schema):
    tag_id = fields.UUID(required=True)
    label = fields.String(required=True)


_ID = "0192f0c1-0000-7000-8000-000000000001"
registry = Registry("publisher")
thing_named = registry.event(
    "thing.named", ThingData, meaning="A thing got a name.", example={"thing_id": _ID, "name": "lamp"}
)
thing_named_2 = registry.event(
    "thing.named", TitledThing, meaning="A thing got a title.", example={"thing_id": _ID, "title": "lamp"}, version=2
)
thing_snapshot = registry.snapshot(
    "thing", ThingData, meaning="A thing as it is.", example={"thing_id": _ID, "name": "lamp"}
)
thing_snapshot_2 = registry.snapshot(
    "thing", TitledThing, meaning="A thing as it is.", example={"thing_id": _ID, "title": "lamp"}, version=2
)
tag_tied = registry.event("tag.tied", TagData, meaning="A tag was tied.", example={"tag_id": _ID, "label": "old"})
tag_snapshot = registry.snapshot("tag", TagData, meaning="A tag as it is.", example={"tag_id": _ID, "label": "old"})


def name_twice(work: UnitOfWork, thing_id: UUID, name: str) -> None:
    """Name a thing, and say so in both majors."""
    work.session.merge(Thing(id=thing_id, name=name))
    work.record_twins(
        thing_id,
        (thing_named, {"thing_id": thing_id, "name": name}),
        (thing_named_2, {"thing_id": thing_id, "title": name}),
    )


def tie_tag(work: UnitOfWork, tag_id: UUID, label: str) -> None:
    work.session.merge(Tag(id=tag_id, label=label))
    work.record(tag_tied, tag_id, {"tag_id": tag_id, "label": label})


def titled_things(
    session: Session, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    return [
        (thing_id, {"thing_id": thing_id, "title": data["name"]})
        for thing_id, data in things(session, after, only, limit)
    ]


def tags(
    session: Session, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    query = select(Tag).order_by(Tag.id).limit(limit)
    if after is not None:
        query = query.where(Tag.id > after)
    if only is not None:
        query = query.where(Tag.id == only)
    return [(tag.id, {"tag_id": tag.id, "label": tag.label}) for tag in session.scalars(query)]


class KnownTag(ReaderBase):
    """What the reader knows of a tag, from events and from snapshots."""

    __tablename__ = "known_tags"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    label: Mapped[str] = mapped_column(String(80))


class NeedsTitle(Schema):
    class Meta:
        unknown = EXCLUDE

    thing_id = fields.UUID(required=True)
    title = fields.String(required=True)


class NeedsTag(Schema):
    class Meta:
        unknown = EXCLUDE

    tag_id = fields.UUID(required=True)
    label = fields.String(required=True)


reactions = Reactions("publisher")


@reactions.on("thing.named", needs=NeedsTitle, version=2)
def note_title(work: UnitOfWork, event: ReceivedEvent) -> None:
    """The same effect as the first release has from the first major."""
    work.session.add(Note(thing_id=event.data["thing_id"], text=event.data["title"]))


@reactions.on("thing.snapshot", needs=NeedsTitle, version=2)
def note_titled_snapshot(work: UnitOfWork, event: ReceivedEvent) -> None:
    """The same as the first release does about the first major."""
    work.session.add(Note(thing_id=event.data["thing_id"], text=f"snapshot {event.data['title']}"))


@reactions.on("tag.tied", needs=NeedsTag)
def note_tag(work: UnitOfWork, event: ReceivedEvent) -> None:
    work.session.add(Note(thing_id=event.data["tag_id"], text=event.data["label"]))
    know_tag(work, event)


@reactions.on("tag.snapshot", needs=NeedsTag)
def know_tag(work: UnitOfWork, event: ReceivedEvent) -> None:
    work.session.merge(KnownTag(id=event.data["tag_id"], label=event.data["label"]))


PUBLISHER_2 = Service(
    name="publisher",
    registry=registry,
    metadata=PublisherBase.metadata,
    snapshots={"thing": things, "thing.v2": titled_things, "tag": tags},
    migrations="shared.database.migrations",
)
READER_2 = Service(
    name="reader",
    registry=Registry("reader"),
    metadata=ReaderBase.metadata,
    reactions=(reactions,),
    migrations="shared.database.migrations",
)


def main() -> int:
    service = {"publisher-2": PUBLISHER_2, "reader": READER, "reader-2": READER_2}[sys.argv[1]]
    configure(service.name, "worker")
    return run_worker(Runtime.from_environment(service), sys.argv[2].split(","))


if __name__ == "__main__":
    sys.exit(main())

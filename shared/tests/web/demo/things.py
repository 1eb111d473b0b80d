"""Tables, commands and queries of the demo service."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from marshmallow import Schema, fields
from sqlalchemy import Select, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shared.database import Fen, UnitOfWork, UtcDateTime, Uuid, new_metadata
from shared.events import Registry
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.service import Service
from shared.texts import N_


class Base(DeclarativeBase):
    metadata = new_metadata()


class Thing(Base):
    __tablename__ = "things"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(String(10))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    price: Mapped[Decimal | None] = mapped_column(Fen)
    version: Mapped[int] = mapped_column(default=1)


class ThingAdded(Schema):
    thing_id = fields.UUID(required=True, metadata={"description": "The thing."})
    name = fields.String(required=True, metadata={"description": "What it is called."})


REGISTRY = Registry("demo")
THING_ADDED = REGISTRY.event(
    "thing.added",
    ThingAdded,
    meaning="A thing can be lent from now on.",
    example={"thing_id": "0191f6a0-0000-7000-8000-000000000001", "name": "Badminton set"},
)
DEMO = Service(
    name="demo",
    registry=REGISTRY,
    metadata=Base.metadata,
    web="demo.app:create_app",
    migrations="shared.database.migrations",
)


def add_thing(work: UnitOfWork, *, name: str, body: str, price: Decimal | None = None) -> Thing:
    work.actor.demand("officer", body)
    if name.startswith("!"):
        raise Refused.many(
            [
                Reason("name-shouts", N_("A name does not begin with %(sign)s."), "name", {"sign": "!"}),
                Reason("no-such-shelf", N_("There is no room for it.")),
            ]
        )
    thing = Thing(id=new_id(), name=name, body=body, added_at=work.now, price=price, version=1)
    work.session.add(thing)
    work.record(THING_ADDED, thing.id, {"thing_id": thing.id, "name": name})
    work.audit("thing-added", f"thing/{thing.id}")
    return thing


def change_thing(work: UnitOfWork, thing_id: UUID, *, name: str, body: str, version: int) -> Thing:
    thing = work.lock(Thing, thing_id)
    if thing.version != version:
        raise Stale(thing.version)
    thing.name, thing.body = name, body
    thing.version += 1
    work.audit("thing-changed", f"thing/{thing.id}")
    return thing


def get_thing(session: Session, thing_id: UUID) -> Thing:
    thing = session.get(Thing, thing_id)
    if thing is None:
        raise NotFound("thing")
    return thing


def things(body: str | None = None, text: str | None = None) -> Select[tuple[Thing]]:
    chosen = select(Thing)
    if body:
        chosen = chosen.where(Thing.body == body)
    if text:
        chosen = chosen.where(Thing.name.contains(text, autoescape=True))
    return chosen


def all_things(session: Session) -> Sequence[Thing]:
    return session.scalars(things()).all()

"""Reading imports, and the plan of one that waits.

An import is there for who is an officer of every body of which its uploader was one.
"""

from datetime import date
from itertools import combinations
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session

from membership.imports.models import Import
from membership.imports.plan import Plan, plan
from membership.settings import Centre
from shared import encryption
from shared.principal import BODIES, Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("import")


def get_import(session: Session, import_id: UUID, reader: Principal) -> Import:
    """NotFound when there is none, and for who is no officer of one of the bodies that it was uploaded for."""
    query = selection(reader).where(Import.id == import_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(NOUN)
    return found


def selection(reader: Principal, state: str | None = None) -> Select[Import]:
    """The imports that the reader may see, whose preview names people as the file does."""
    query = select(Import).where(_for(reader))
    return query if state is None else query.where(Import.state == state)


def bodies_of(uploader: Principal) -> str:
    """What an import keeps of who uploaded it."""
    return ",".join(sorted(_served(uploader)))


def _served(officer: Principal) -> tuple[str, ...]:
    return BODIES if officer.kind == "system" else officer.bodies("officer")


def _for(reader: Principal) -> ColumnElement[bool]:
    mine = sorted(_served(reader))
    if len(mine) == len(BODIES):
        return true()
    return Import.bodies.in_([",".join(some) for size in range(1, len(mine) + 1) for some in combinations(mine, size)])


def plan_of(session: Session, found: Import, *, actor: Principal, centre: Centre, today: date) -> Plan | None:
    """What confirming it now would do; None when it waits no more and its content is gone."""
    if found.content_sealed is None:
        return None
    return plan(session, content_of(found, centre), actor=actor, centre=centre, today=today)


def content_of(found: Import, centre: Centre) -> bytes:
    """The uploaded file of an import that waits."""
    assert found.content_sealed is not None
    return encryption.open_bytes(centre.data_keys, found.content_sealed, place(found.id))


def place(import_id: UUID) -> str:
    """What the sealed content is bound to."""
    return encryption.place("imports", import_id, "content")


def imported_before(session: Session, found: Import, reader: Principal) -> Import | None:
    """The last import of the very same file that the reader may see."""
    query = selection(reader).where(Import.digest == found.digest, Import.state == "imported", Import.id != found.id)
    return session.scalars(query.order_by(Import.id.desc()).limit(1)).first()

"""Reading imports, and the plan of one that waits."""

from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from membership.imports.models import Import
from membership.imports.plan import Plan, plan
from membership.settings import Centre
from shared import encryption
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("import")


def get_import(session: Session, import_id: UUID) -> Import:
    """NotFound when there is none."""
    found = session.get(Import, import_id)
    if found is None:
        raise NotFound(NOUN)
    return found


def selection(state: str | None = None) -> Select[Import]:
    query = select(Import)
    return query if state is None else query.where(Import.state == state)


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


def imported_before(session: Session, found: Import) -> Import | None:
    """The last import of the very same file."""
    query = select(Import).where(Import.digest == found.digest, Import.state == "imported", Import.id != found.id)
    return session.scalars(query.order_by(Import.id.desc()).limit(1)).first()

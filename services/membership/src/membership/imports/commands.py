"""Uploading, confirming and giving up imports. All rows are imported in one transaction, or none."""

import hashlib
from uuid import UUID

from sqlalchemy import text as sql

from membership.imports.models import Import
from membership.imports.plan import Plan, plan
from membership.imports.queries import bodies_of, content_of, get_import, place
from membership.imports.reading import CellError, read
from membership.memberships.commands import start_memberships
from membership.people.commands import register_people
from membership.settings import Centre
from shared import encryption
from shared.database import UnitOfWork, dialect_of
from shared.identifiers import new_id
from shared.refusal import Reason, Refused
from shared.texts import N_

_AT_ONCE = 500
"""Rows that are written together."""


def upload(work: UnitOfWork, file_name: str, content: bytes, *, centre: Centre) -> Import:
    """Keep a file, sealed, until somebody confirms it. Refused when it cannot be read as a table at all."""
    work.actor.demand("officer")
    file = read(content)
    made_id = new_id()
    made = Import(
        id=made_id,
        file_name=(file_name or "people.csv").rpartition("/")[2].rpartition("\\")[2][-200:],
        digest=hashlib.sha256(content).digest(),
        content_sealed=encryption.seal_bytes(centre.data_keys, content, place(made_id)),
        state="waiting",
        row_count=len(file.rows),
        registered_count=0,
        started_count=0,
        uploaded_by=work.actor.name[:120],
        bodies=bodies_of(work.actor),
        uploaded_at=work.now,
        version=1,
    )
    work.session.add(made)
    work.session.flush()
    work.audit("import-uploaded", f"import/{made.id}", rows=made.row_count)
    return made


def confirm(work: UnitOfWork, import_id: UUID, *, centre: Centre) -> Import:
    """Import every row, or none: Refused with all errors of all rows. An import that was imported stays as it is."""
    work.actor.demand("officer")
    one_at_a_time(work)
    found = _locked(work, import_id)
    if found.state == "imported":
        return found
    if found.content_sealed is None:
        raise Refused("import-given-up", N_("This import was given up. Upload the file again."))
    today = centre.today(work.now)
    planned = plan(work.session, content_of(found, centre), actor=work.actor, centre=centre, today=today)
    if planned.errors:
        raise Refused.many([as_reason(error) for error in planned.errors])
    _carry_out(work, planned, centre)
    found.state, found.content_sealed, found.imported_at = "imported", None, work.now
    found.registered_count, found.started_count = planned.count("register"), planned.joins
    found.version += 1
    work.audit("import-imported", f"import/{found.id}", registered=found.registered_count, started=found.started_count)
    work.session.flush()
    return found


def give_up(work: UnitOfWork, import_id: UUID) -> Import:
    """Remove the content of an import that waits."""
    work.actor.demand("officer")
    found = _locked(work, import_id)
    if found.state == "waiting":
        found.state, found.content_sealed = "given-up", None
        found.version += 1
        work.audit("import-given-up", f"import/{found.id}")
        work.session.flush()
    return found


def one_at_a_time(work: UnitOfWork) -> None:
    """Two imports of one file at a time must not both find its people missing. SQLite has one writer anyway."""
    if dialect_of(work.session) == "postgresql":
        work.session.execute(sql("SELECT pg_advisory_xact_lock(hashtext('membership imports'))"))


def as_reason(error: CellError) -> Reason:
    """The error for programs: row, column and rule are facts of their own."""
    facts = {**error.reason.facts, "row_number": error.row, "column": error.column}
    field = f"rows.{error.row}.{error.column}" if error.column else f"rows.{error.row}"
    return Reason(error.reason.code, error.reason.text, field, facts)


def _carry_out(work: UnitOfWork, planned: Plan, centre: Centre) -> None:
    for start in range(0, len(planned.rows), _AT_ONCE):
        rows = planned.rows[start : start + _AT_ONCE]
        new = iter(register_people(work, [row.data.person for row in rows if row.person is None], centre=centre))
        people = [row.person or next(new) for row in rows]
        joining = [
            (person.id, organisation.id, role)
            for person, row in zip(people, rows, strict=True)
            for organisation, role in row.joins
        ]
        start_memberships(work, joining, centre.today(work.now))


def _locked(work: UnitOfWork, import_id: UUID) -> Import:
    found: Import = work.lock(Import, get_import(work.session, import_id, work.actor).id)
    return found

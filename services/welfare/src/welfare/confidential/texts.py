"""Writing and reading case text.

A text is sealed with AES-GCM for its place, ``table|row|column|body``: copied to another case, or its case given to
another body, it does not open. Reading one writes its audit row in the same transaction, before the text is out.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from shared import encryption
from shared.database import Database, UnitOfWork
from shared.principal import Principal
from shared.refusal import NotFound
from welfare.confidential.models import CaseText
from welfare.wall import visible

Keys = Mapping[str, bytes]
LONGEST = 20_000
"""Characters of one text."""


class MissingKey(Exception):
    """Texts are stored under a key that the settings do not hold. The message names the key ids, never a text."""


def write_text(work: UnitOfWork, keys: Keys, kind: str, case_id: UUID, part: str, body: str, text: str | None) -> None:
    """Seal a text of a case, in place of what was there. Nothing happens when there is none to write."""
    if not text or not text.strip():
        return
    sealed = encryption.seal(keys, text.strip(), _place(kind, case_id, part, body))
    work.session.merge(
        CaseText(
            kind=kind,
            case_id=case_id,
            part=part,
            body=body,
            key_id=encryption.key_of(sealed),
            sealed=sealed,
            written_by=work.actor.key,
            written_at=work.now,
        )
    )
    work.audit("case-text-written", f"{kind}/{case_id}", part=part)


def read_text(work: UnitOfWork, keys: Keys, kind: str, case_id: UUID, part: str) -> str:
    """Open a text and note who read it, in this transaction.

    NotFound when there is none, or none that the actor may know of; Forbidden for a viewer: notes are for officers.
    """
    statement = select(CaseText).where(CaseText.kind == kind, CaseText.case_id == case_id, CaseText.part == part)
    row = work.session.scalars(visible(statement, work.actor)).one_or_none()
    if row is None:
        raise NotFound("note")
    work.actor.demand("officer", row.body)
    work.audit("case-text-read", f"{kind}/{case_id}", part=part)
    work.session.flush()
    return encryption.open(keys, row.sealed, _place(kind, case_id, part, row.body))


def parts_written(session: Session, kind: str, case_ids: Sequence[UUID], principal: Principal) -> set[tuple[UUID, str]]:
    """Which texts these cases have, without opening any."""
    if not case_ids:
        return set()
    statement = select(CaseText.case_id, CaseText.part).where(CaseText.kind == kind, CaseText.case_id.in_(case_ids))
    return {(row.case_id, row.part) for row in session.execute(visible(statement, principal))}


def check_keys(database: Database, keys: Keys) -> None:
    """MissingKey when a stored text could not be opened: a process that cannot read its cases must not start."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table(CaseText.__tablename__):
            return
        used = set(connection.scalars(select(CaseText.key_id).distinct()))
    missing = sorted(used - set(keys))
    if missing:
        raise MissingKey(f"DATA_KEYS lacks {', '.join(missing)}: case texts are sealed under it")


def _place(kind: str, case_id: UUID, part: str, body: str) -> str:
    return f"{encryption.place(kind, case_id, part)}|{body}"

"""Whether what is recorded of how to reach a person works, as far as notifications found out.

A note holds until the address changes, or until staff of notifications write to it again.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update

from membership.people.models import Person
from shared.database import UnitOfWork

NOTES = {"sms": "phone_unreachable_since", "email": "email_unreachable_since"}
"""Where the note of a channel stands."""
_FIELDS = {"phone": "sms", "email": "email"}


def note_unreachable(work: UnitOfWork, person_id: UUID, channel: str, since: datetime) -> None:
    """Keep since when; an earlier note of the same address stays as it is."""
    column = getattr(Person, NOTES[channel])
    _write(work, person_id, {NOTES[channel]: since}, column.is_(None))


def note_reachable(work: UnitOfWork, person_id: UUID, channel: str) -> None:
    """Staff decided that the address is written to again."""
    _write(work, person_id, {NOTES[channel]: None})


def forget_old_address(person: Person, changed: list[str]) -> None:
    """Of another telephone number or e-mail address nothing is known."""
    for field, channel in _FIELDS.items():
        if field in changed:
            setattr(person, NOTES[channel], None)


def _write(work: UnitOfWork, person_id: UUID, values: dict[str, Any], *conditions: Any) -> None:
    """Without a new version of the person: nobody's open form is overtaken by it. Erased people keep nothing."""
    work.session.execute(
        update(Person)
        .where(Person.id == person_id, Person.erased_at.is_(None), *conditions)
        .values(**values)
        .execution_options(synchronize_session="fetch")
    )

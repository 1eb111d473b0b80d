"""Reading transfers."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from membership.people.models import Person
from membership.searching import contains
from membership.transfers.models import Transfer
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("transfer")


def get_transfer(session: Session, transfer_id: UUID) -> Transfer:
    """NotFound when there is none."""
    found = session.get(Transfer, transfer_id)
    if found is None:
        raise NotFound(NOUN)
    return found


def by_code(session: Session, code: str) -> Transfer | None:
    """The transfer whose letter bears this code."""
    return session.scalars(select(Transfer).where(Transfer.verify_code == code)).one_or_none()


def selection(*, state: str | None = None, person_id: UUID | None = None, text: str | None = None) -> Select[Any]:
    query = select(Transfer)
    if state is not None:
        query = query.where(Transfer.state == state)
    if person_id is not None:
        query = query.where(Transfer.person_id == person_id)
    if text and text.strip():
        query = query.where(Transfer.person_id.in_(select(Person.id).where(contains(Person.name, text))))
    return query


def letter_state(transfer: Transfer, today: date) -> str:
    """``valid``, ``expired``, or what became of the transfer."""
    if transfer.state != "requested":
        return transfer.state
    return "valid" if today <= transfer.valid_until else "expired"


def event_data(transfer: Transfer) -> dict[str, Any]:
    """What the events about a transfer say; a branch elsewhere is null."""
    return {
        "transfer_id": transfer.id,
        "person_id": transfer.person_id,
        "from_organisation_id": transfer.from_organisation_id,
        "to_organisation_id": transfer.to_organisation_id,
        "role": transfer.role,
        "state": transfer.state,
        "requested_on": transfer.requested_on,
        "valid_until": transfer.valid_until,
        "accepted_on": transfer.accepted_on,
    }

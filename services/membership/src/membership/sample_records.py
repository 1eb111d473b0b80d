"""Sample records to look at: a pair that may be one person, a merge, a request for erasure, a person
lent out, a consent that was withdrawn, and what retention would remove."""

import hashlib
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from membership.add_requests.commands import accept, request_person
from membership.add_requests.models import AddRequest
from membership.consents.commands import withdraw_consent
from membership.consents.queries import consents_of
from membership.duplicates.commands import merge_people
from membership.erasures.commands import request_erasure
from membership.erasures.queries import erasure_of
from membership.imports.models import Import
from membership.people.commands import register_person
from membership.people.models import Person
from membership.people.rules import PersonData
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.former_people import is_former
from shared.runtime import Runtime
from shared.sample import sample_id

_ALIKE, _MERGED, _LEAVING = 181, 185, 299
_ASKED_AGAIN = 130
_LENT = ((190, "women", "accepted"), (194, "league", "requested"))


def load(runtime: Runtime) -> None:
    """Load what is not there yet."""
    centre = Centre.of(runtime.settings)
    with runtime.unit_of_work() as work:
        _register_again(work, _ALIKE, centre)
        if not is_former(work.session, _twin(_MERGED)):
            old, into = (
                _register_again(work, _MERGED, centre),
                work.session.get_one(Person, sample_id("person", _MERGED)),
            )
            merge_people(
                work,
                old.id,
                into.id,
                person_version=old.version,
                into_version=into.version,
                reason="样例：前台登记了两次",
                centre=centre,
            )
    with runtime.unit_of_work() as work:
        if erasure_of(work.session, sample_id("person", _LEAVING)) is None:
            request_erasure(work, sample_id("person", _LEAVING), "样例：已离开本区，本人书面申请", centre=centre)
        for number, body, state in _LENT:
            _lend(work, number, body, state, centre)
        _withdraw(work, sample_id("person", _ASKED_AGAIN), centre)
        _forget_upload(work)


def _twin(number: int) -> UUID:
    return sample_id("person", f"{number}-again")


def _register_again(work: UnitOfWork, number: int, centre: Centre) -> Person:
    """The same person once more, as a second desk enters somebody who is not found: without phone and ID number."""
    there = work.session.get(Person, _twin(number))
    if there is not None:
        return there
    first = work.session.get_one(Person, sample_id("person", number))
    data = PersonData(first.name, first.language, birth_on=first.birth_on, sample=True)
    return register_person(work, data, centre=centre, person_id=_twin(number))


def _withdraw(work: UnitOfWork, child_id: UUID, centre: Centre) -> None:
    """A guardian took the consent back: the first page asks for another."""
    for consent in consents_of(work.session, child_id):
        if consent.withdrawn_on is None:
            withdraw_consent(work, consent.id, centre.today(work.now), centre=centre)


def _forget_upload(work: UnitOfWork) -> None:
    """An upload of the year before last that was given up: retention shows it."""
    if work.session.get(Import, sample_id("import", "old")) is None:
        work.session.add(
            Import(
                id=sample_id("import", "old"),
                file_name="样例-旧名单.csv",
                digest=hashlib.sha256(b"sample").digest(),
                state="given-up",
                row_count=12,
                uploaded_by="样例",
                uploaded_at=work.now - timedelta(days=500),
            )
        )


def _lend(work: UnitOfWork, number: int, body: str, state: str, centre: Centre) -> None:
    person_id = sample_id("person", number)
    asked = select(AddRequest.id).where(AddRequest.person_id == person_id, AddRequest.body == body)
    if work.session.scalars(asked).first() is not None:
        return
    until = centre.today(work.now) + timedelta(days=60)
    reason = "样例：邀请家属参加暑期班"
    request = request_person(work, person_id, body=body, owner="union", reason=reason, until=until, centre=centre)
    if state == "accepted":
        accept(work, request.id, version=request.version, centre=centre)

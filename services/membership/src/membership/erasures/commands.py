"""Asking for an erasure, asking the other services again, and deciding about it."""

from uuid import UUID

from membership.add_requests.visibility import demand_whole
from membership.duplicates.commands import checked_reason
from membership.erasures.keys import keys_of
from membership.erasures.models import ErasedKey, Erasure
from membership.erasures.queries import NOUN, get_erasure, standing_against
from membership.erasures.removing import empty_record, empty_texts, end_memberships, leave_home
from membership.people import sealing
from membership.people.former import lock_people
from membership.people.models import Person
from membership.published import contact_removed, person_erased, person_erasure_requested
from membership.refusals import refused_by
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.database.tables import FormerPerson
from shared.former_people import merged_ids, people_forgotten
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_


def request_erasure(work: UnitOfWork, person_id: UUID, reason: str, *, centre: Centre) -> Erasure:
    """Ask that a person be erased, and ask the other services what is open there. One request at a time."""
    work.actor.demand("officer")
    reason = checked_reason(reason)
    lock_people(work, [person_id])
    demand_whole(work, person_id, centre.today(work.now))
    erasure = Erasure(
        id=new_id(),
        person_id=person_id,
        state="requested",
        reason=reason,
        requested_by=work.actor.key[:80],
        requested_by_name=work.actor.name[:120],
        requested_by_person=work.actor.person_id,
        requested_at=work.now,
        version=1,
    )
    with refused_by(work.session, _OPEN):
        work.session.add(erasure)
    work.audit("erasure-requested", f"person/{person_id}")
    _ask(work, erasure)
    return erasure


def ask_again(work: UnitOfWork, erasure_id: UUID) -> Erasure:
    """Let the services look again: what was open may have come to an end."""
    work.actor.demand("officer")
    erasure = _waiting(work, erasure_id)
    _ask(work, erasure)
    return erasure


def confirm_erasure(work: UnitOfWork, erasure_id: UUID, *, version: int, centre: Centre) -> Erasure:
    """Erase the person, for good, in this one transaction; the other services follow.

    For a manager who is not the one who asked. Refused with everything that is still open, here or elsewhere.
    """
    work.actor.demand("manager")
    person_id = get_erasure(work.session, erasure_id).person_id
    [person] = lock_people(work, [person_id])
    demand_whole(work, person_id, centre.today(work.now))
    erasure = _waiting(work, erasure_id, version)
    person_ids = (erasure.requested_by_person, work.actor.person_id)
    if erasure.requested_by == work.actor.key or (person_ids[0] is not None and person_ids[0] == person_ids[1]):
        raise Refused("same-person", N_("Somebody else than the one who asked has to confirm."), status=403)
    standing = standing_against(work.session, erasure, work.actor)
    if standing:
        raise Refused.many(standing, status=409)
    _keep_keys(work, erasure, person, centre)
    leave_home(work, person, centre)
    [person] = lock_people(work, [person_id])
    empty_texts(work, person_id)
    former = [person_id, *merged_ids(work.session, person_id)]
    work.session.add(FormerPerson(person_id=person_id, merged_into=None, since=work.now, counts={}))
    work.record(contact_removed, person_id, {"person_id": person_id})
    work.record(person_erased, person_id, {"person_id": person_id})
    end_memberships(work, person_id, centre.today(work.now))
    empty_record(work, person)
    people_forgotten(work.session, former)
    _decide(work, erasure, "done")
    work.audit("person-erased", f"person/{person_id}")
    return erasure


def decline_erasure(work: UnitOfWork, erasure_id: UUID, note: str, *, version: int) -> Erasure:
    """The person stays; for managers, with the reason."""
    work.actor.demand("manager")
    note = checked_reason(note)
    erasure = _waiting(work, erasure_id, version)
    erasure.note = note
    _decide(work, erasure, "declined")
    work.audit("erasure-declined", f"person/{erasure.person_id}")
    return erasure


def withdraw_erasure(work: UnitOfWork, erasure_id: UUID, *, version: int) -> Erasure:
    """Nobody asks for it any more."""
    work.actor.demand("officer")
    erasure = _waiting(work, erasure_id, version)
    _decide(work, erasure, "withdrawn")
    work.audit("erasure-withdrawn", f"person/{erasure.person_id}")
    return erasure


def _ask(work: UnitOfWork, erasure: Erasure) -> None:
    data = {"person_id": erasure.person_id, "request_id": erasure.id}
    work.record(person_erasure_requested, erasure.person_id, data)


def _waiting(work: UnitOfWork, erasure_id: UUID, version: int | None = None) -> Erasure:
    erasure: Erasure | None = work.lock(Erasure, erasure_id)
    if erasure is None:
        raise NotFound(NOUN)
    if erasure.state != "requested":
        raise Refused("decided-already", N_("This request was decided already."))
    if version is not None and erasure.version != version:
        raise Stale(erasure.version)
    return erasure


def _decide(work: UnitOfWork, erasure: Erasure, state: str) -> None:
    erasure.state = state
    erasure.decided_by, erasure.decided_by_name = work.actor.key[:80], work.actor.name[:120]
    erasure.decided_by_person = work.actor.person_id
    erasure.decided_at = work.now
    erasure.version += 1
    work.session.flush()


def _keep_keys(work: UnitOfWork, erasure: Erasure, person: Person, centre: Centre) -> None:
    sealed = person.id_number_sealed
    number = None if sealed is None else sealing.open_number(centre, person.id, sealed)
    keys = keys_of(centre, person.name, number=number, born=person.birth_on, phone=person.phone)
    work.session.add_all(ErasedKey(key=key, erasure_id=erasure.id) for key in keys)


_REASON = Reason("erasure-requested", N_("The erasure of this person is asked for already."))
_OPEN = {"uq_erasures_open": _REASON, "erasures.person_id": _REASON}

"""Registering and changing people, and revealing an ID number. Any body's officer may keep the common record."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from membership.add_requests.visibility import demand_whole
from membership.consents.commands import keep_consent
from membership.consents.queries import has_consent
from membership.consents.rules import consent_needed
from membership.households.commands import take_in_child
from membership.people import sealing
from membership.people.contacts import contact_data, guardian_ids, record_contact
from membership.people.former import lock_people
from membership.people.models import Person
from membership.people.queries import event_data, find_by_id_number, get_people
from membership.people.reachability import forget_old_address
from membership.people.rules import Guardian, PersonData, checked, guardian_reasons, is_child, registering_reasons
from membership.people.tokens import first_tokens, keep_tail, keep_tokens
from membership.published import contact_changed, person_registered, person_updated
from membership.refusals import refused_by
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import Reason, Refused, Stale
from shared.texts import N_

SHORTEST_REASON = 5


def register_person(
    work: UnitOfWork,
    data: PersonData,
    *,
    centre: Centre,
    person_id: UUID | None = None,
    household_id: UUID | None = None,
) -> Person:
    """A new person; a child is taken into the household of its guardians, which is made where there is none.

    Refused with every broken rule, or with a pointer when the ID number is registered. ``person_id`` and
    ``household_id`` are given by the sample loader, whose ids are agreed on.
    """
    work.actor.demand("officer")
    data, reasons = checked(data, centre.today(work.now))
    guardians, more = _locked_guardians(work, data.guardian_ids)
    reasons += more or guardian_reasons(None, data.birth_on, _as_guardians(guardians), centre.today(work.now))
    reasons += registering_reasons(data, centre.today(work.now))
    if reasons:
        raise Refused.many(reasons)
    person = _made(work, data, person_id or new_id())
    _save(work, person, data.id_number, centre)
    if guardians:
        take_in_child(work, person, guardians, household_id=household_id)
        if data.consent is not None:
            keep_consent(work, person, data.consent, guardians[0].id)
    work.audit("person-registered", f"person/{person.id}")
    work.record(person_registered, person.id, event_data(person))
    record_contact(work, person, centre)
    return person


def register_people(work: UnitOfWork, people: Sequence[PersonData], *, centre: Centre) -> list[Person]:
    """New people of age, in a few statements for all of them: what an import does. Refused as `register_person`, or
    when one of the ID numbers was registered a moment ago."""
    work.actor.demand("officer")
    made: list[tuple[Person, str | None]] = []
    for given in people:
        data, reasons = checked(given, centre.today(work.now))
        reasons += guardian_reasons(None, data.birth_on, (), centre.today(work.now))
        if reasons:
            raise Refused.many(reasons)
        person = _made(work, data, new_id())
        person.indexed_version = person.version
        _seal(person, data.id_number, centre)
        made.append((person, data.id_number))
    try:
        with refused_by(work.session, _NUMBER_TAKEN):
            work.session.add_all(person for person, _ in made)
            for person, _ in made:
                work.audit("person-registered", f"person/{person.id}")
    except Refused as refused:
        others = (find_by_id_number(work.session, centre, number) for _, number in made if number is not None)
        other = next(filter(None, others), None)
        raise (_taken(other) if other is not None else refused) from refused
    first_tokens(work.session, made, centre)
    work.record_all(person_registered, [(person.id, event_data(person)) for person, _ in made])
    work.record_all(contact_changed, [(person.id, contact_data(person, ())) for person, _ in made])
    return [person for person, _ in made]


def _made(work: UnitOfWork, data: PersonData, person_id: UUID) -> Person:
    return Person(
        id=person_id,
        name=data.name,
        language=data.language,
        phone=data.phone,
        email=data.email,
        birth_on=data.birth_on,
        guarded=False,
        sample=data.sample,
        version=1,
        registered_at=work.now,
        updated_at=work.now,
    )


def _seal(person: Person, number: str | None, centre: Centre) -> None:
    person.id_number_sealed = None if number is None else sealing.seal_number(centre, person.id, number)
    person.id_number_index = None if number is None else sealing.number_index(centre, number)


def update_person(
    work: UnitOfWork, person_id: UUID, changes: Mapping[str, Any], *, version: int, centre: Centre
) -> Person:
    """Change name, language, phone, email, birth_on or id_number; a None empties the field.

    Replacing or emptying an ID number is for managers. Nothing is recorded when nothing changes.
    """
    person = lock_person(work, person_id)
    work.actor.demand("officer")
    demand_whole(work, person_id, centre.today(work.now))
    if person.version != version:
        raise Stale(person.version)
    before = PersonData(person.name, person.language, person.phone, person.email, person.birth_on, sample=person.sample)
    data, reasons = checked(replace(before, **changes), centre.today(work.now))
    if data.birth_on != person.birth_on:
        known = get_people(work.session, guardian_ids(work.session, [person.id]).get(person.id, ()))
        today = centre.today(work.now)
        reasons += guardian_reasons(person.id, data.birth_on, _as_guardians(known), today)
        if known and is_child(data.birth_on, today) and not has_consent(work.session, person.id):
            reasons.append(consent_needed("birth_on"))
    if reasons:
        raise Refused.many(reasons)
    changed = [name for name in _FIELDS if getattr(data, name) != getattr(person, name)]
    if "id_number" in changes and _number_changes(person, data.id_number, centre):
        if person.id_number_index is not None:
            work.actor.demand("manager")
        changed.append("id_number")
    if not changed:
        return person
    for name in _FIELDS:
        setattr(person, name, getattr(data, name))
    person.version += 1
    person.updated_at = work.now
    forget_old_address(person, changed)
    _save(work, person, data.id_number, centre, number_too="id_number" in changed)
    work.audit("person-updated", f"person/{person.id}", fields=changed)
    work.record(person_updated, person.id, event_data(person))
    if changed != ["id_number"]:
        record_contact(work, person, centre)
    return person


def reveal_id_number(work: UnitOfWork, person_id: UUID, reason: str, *, centre: Centre) -> str:
    """The whole ID number, for a manager who says why; the reason is kept in the audit trail."""
    work.actor.demand("manager")
    person = lock_person(work, person_id)
    demand_whole(work, person_id, centre.today(work.now))
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= 200:
        text = N_("Say in 5 to 200 characters why you need the number.")
        raise Refused("reason-needed", text, field="reason", status=422)
    if person.id_number_sealed is None:
        raise Refused("no-id-number", N_("No ID number is recorded for this person."))
    work.audit("id-number-revealed", f"person/{person.id}", reason=reason)
    return sealing.open_number(centre, person.id, person.id_number_sealed)


def lock_person(work: UnitOfWork, person_id: UUID) -> Person:
    """The person, locked until the end of the transaction; Merged, Erased or NotFound when there is none."""
    [person] = lock_people(work, [person_id])
    return person


_FIELDS = ("name", "language", "phone", "email", "birth_on")
TAKEN = "id-number-taken"


def _save(work: UnitOfWork, person: Person, number: str | None, centre: Centre, *, number_too: bool = True) -> None:
    """Write the person; Refused with a pointer when somebody else has the ID number, also a moment ago."""
    other = find_by_id_number(work.session, centre, number, besides=person.id) if number and number_too else None
    if other is not None:
        raise _taken(other)
    try:
        with refused_by(work.session, _NUMBER_TAKEN):
            if number_too:
                _seal(person, number, centre)
            work.session.add(person)
        keep_tokens(work.session, [person])
        if number_too:
            keep_tail(work.session, person.id, centre, number)
    except Refused as refused:
        other = find_by_id_number(work.session, centre, number or "", besides=person.id)
        raise (_taken(other) if other is not None else refused) from refused


def _taken(other: Person) -> Refused:
    return Refused(
        TAKEN,
        N_("%(name)s is registered with this ID number."),
        field="id_number",
        name=other.name,
        person_id=str(other.id),
    )


_REASON = Reason(TAKEN, N_("Somebody is registered with this ID number."), "id_number")
_NUMBER_TAKEN = {"uq_people_id_number_index": _REASON, "people.id_number_index": _REASON}


def _number_changes(person: Person, number: str | None, centre: Centre) -> bool:
    return person.id_number_index != (None if number is None else sealing.number_index(centre, number))


def _locked_guardians(work: UnitOfWork, ids: Sequence[UUID]) -> tuple[list[Person], list[Reason]]:
    """The guardians in the order they were named, locked in the order of their ids; a reason for each unknown one."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return [], []
    query = select(Person).where(Person.id.in_(wanted)).order_by(Person.id).with_for_update()
    found = {person.id: person for person in work.session.scalars(query)}
    text = N_("There is no such person to be a guardian.")
    unknown = [
        Reason("guardian-unknown", text, "guardian_ids", {"person_id": str(one)}) for one in wanted if one not in found
    ]
    return [found[one] for one in wanted if one in found], unknown


def _as_guardians(people: Sequence[Person]) -> list[Guardian]:
    return [Guardian(person.id, person.name, person.birth_on) for person in people]

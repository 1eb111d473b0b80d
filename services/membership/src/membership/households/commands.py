"""Households and guardians. What changes who is written to for a child records the child's contact.changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from membership.add_requests.visibility import PROJECTION_ONLY, demand_whole, whole
from membership.households.models import Guardianship, Household, HouseholdMember
from membership.households.queries import NOUN, event_data, see_household
from membership.households.rules import household_reasons
from membership.people.contacts import record_contact
from membership.people.models import Person
from membership.people.rules import Guardian, guardian_reasons
from membership.published import household_changed
from membership.refusals import refused_by
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_


@dataclass(frozen=True)
class MemberData:
    """Who lives in a household: as an ``adult`` or as a ``child``."""

    person_id: UUID
    part: str = "adult"


def found_household(
    work: UnitOfWork,
    name: str,
    members: Sequence[MemberData],
    *,
    centre: Centre,
    sample: bool = False,
    household_id: UUID | None = None,
) -> Household:
    """A new household. Refused when a person is unknown or lives elsewhere, and where all are another body's (403)."""
    work.actor.demand("officer")
    people = _locked_people(work, [member.person_id for member in members])
    if people and not whole(work.session, work.actor, people, centre.today(work.now)):
        raise Refused("projection-only", PROJECTION_ONLY, field="members", status=403)
    name = _checked(name, members, people)
    household = Household(
        id=household_id or new_id(), name=name, sample=sample, version=1, created_at=work.now, members=[]
    )
    work.session.add(household)
    _settle(work, household, members)
    work.audit("household-founded", f"household/{household.id}")
    _record(work, household)
    for child in _children(people, members):
        record_contact(work, child, centre)
    return household


def change_household(
    work: UnitOfWork,
    household_id: UUID,
    *,
    version: int,
    centre: Centre,
    name: str | None = None,
    members: Sequence[MemberData] | None = None,
) -> Household:
    """Rename a household or say anew who lives in it.

    People are locked before households here and everywhere, so that nobody waits in a circle.
    """
    work.actor.demand("officer")
    household = see_household(work.session, household_id, work.actor, centre.today(work.now))
    before = [MemberData(member.person_id, member.part) for member in household.members]
    wanted = before if members is None else list(members)
    people = _locked_people(work, {member.person_id for member in (*before, *wanted)})
    household = _locked(work, household_id)
    if household.version != version:
        raise Stale(household.version)
    household.name = _checked(household.name if name is None else name, wanted, people)
    household.version += 1
    if wanted != before:
        _settle(work, household, wanted)
        _record(work, household)
        moved = {member for member in (*before, *wanted) if member.part == "child"}
        for child in _children(people, tuple(moved)):
            record_contact(work, child, centre)
    work.audit("household-changed", f"household/{household.id}")
    work.session.flush()
    return household


def set_guardians(
    work: UnitOfWork, child_id: UUID, guardians: Sequence[UUID], *, version: int, centre: Centre
) -> Person:
    """Say who the guardians of a child are. ``version`` is the child's. Refused with every broken rule."""
    work.actor.demand("officer")
    people = _locked_people(work, {child_id, *guardians})
    child = people.get(child_id)
    if child is None:
        raise NotFound("person")
    demand_whole(work, child_id, centre.today(work.now))
    if child.version != version:
        raise Stale(child.version)
    unknown = _unknown(guardians, people, "guardian_ids")
    known = [Guardian(one, people[one].name, people[one].birth_on) for one in guardians if one in people]
    reasons = unknown + guardian_reasons(child.id, child.birth_on, known, centre.today(work.now))
    if reasons:
        raise Refused.many(reasons)
    work.session.execute(delete(Guardianship).where(Guardianship.child_id == child.id))
    _answer_for(work, child, list(dict.fromkeys(guardians)))
    child.version += 1
    child.updated_at = work.now
    work.audit("guardians-set", f"person/{child.id}", guardians=[str(one) for one in guardians])
    record_contact(work, child, centre)
    return child


def take_in_child(
    work: UnitOfWork, child: Person, guardians: Sequence[Person], *, household_id: UUID | None = None
) -> Household:
    """Put a newly registered child under its guardians and into the first guardian's household that there is.

    The guardians are locked by the caller, so that two children of one family do not make two households.
    """
    _answer_for(work, child, [guardian.id for guardian in guardians])
    ids = [guardian.id for guardian in guardians]
    lived_in = select(HouseholdMember).where(HouseholdMember.person_id.in_(ids))
    homes = {member.person_id: member.household_id for member in work.session.scalars(lived_in)}
    home = next((homes[one] for one in ids if one in homes), None)
    if home is None:
        household = Household(
            id=household_id or new_id(),
            name=_family_name(guardians[0]),
            sample=child.sample,
            version=1,
            created_at=work.now,
            members=[HouseholdMember(person_id=one, part="adult") for one in ids],
        )
        work.session.add(household)
    else:
        household = _locked(work, home)
        household.version += 1
    household.members.append(HouseholdMember(person_id=child.id, part="child"))
    work.session.flush()
    _record(work, household)
    return household


def _family_name(guardian: Person) -> str:
    return f"{guardian.name}家" if guardian.language == "zh-Hans" else f"{guardian.name}'s household"[:120]


def _answer_for(work: UnitOfWork, child: Person, guardians: Sequence[UUID]) -> None:
    work.session.add_all(
        Guardianship(child_id=child.id, guardian_id=guardian, since=work.now) for guardian in guardians
    )


def _settle(work: UnitOfWork, household: Household, members: Sequence[MemberData]) -> None:
    household.members.clear()
    with refused_by(work.session, _ELSEWHERE):
        household.members.extend(HouseholdMember(person_id=one.person_id, part=one.part) for one in members)


def _record(work: UnitOfWork, household: Household) -> None:
    work.record(household_changed, household.id, event_data(household))


def _checked(name: str, members: Sequence[MemberData], people: dict[UUID, Person]) -> str:
    tidy = " ".join(name.split())
    reasons = household_reasons(tidy, [(member.person_id, member.part) for member in members])
    reasons += _unknown([member.person_id for member in members], people, "members")
    if reasons:
        raise Refused.many(reasons)
    return tidy


def _unknown(ids: Sequence[UUID], people: dict[UUID, Person], field: str) -> list[Reason]:
    text = N_("There is no such person.")
    return [Reason("person-unknown", text, field, {"person_id": str(one)}) for one in ids if one not in people]


def _children(people: dict[UUID, Person], members: Sequence[MemberData]) -> list[Person]:
    ids = sorted(member.person_id for member in members if member.part == "child")
    return [people[one] for one in dict.fromkeys(ids)]


def _locked(work: UnitOfWork, household_id: UUID) -> Household:
    household: Household | None = work.lock(Household, household_id)
    if household is None:
        raise NotFound(NOUN)
    return household


def _locked_people(work: UnitOfWork, ids: Sequence[UUID] | set[UUID]) -> dict[UUID, Person]:
    """The people that exist, locked in the order of their ids; nobody whose record is no more."""
    query = select(Person).where(Person.id.in_(ids), Person.erased_at.is_(None)).order_by(Person.id).with_for_update()
    return {person.id: person for person in work.session.scalars(query)}


_LIVES_ELSEWHERE = Reason("lives-elsewhere", N_("One of them lives in another household."), "members")
_ELSEWHERE = {
    "uq_household_members_person_id": _LIVES_ELSEWHERE,
    "household_members.person_id": _LIVES_ELSEWHERE,
}

"""Deciding that two records are not one person, taking that back, and merging. For managers; a merge is for good."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from membership.add_requests.visibility import demand_whole
from membership.duplicates.models import DistinctPair, PersonMerge
from membership.duplicates.moving import move_rows, settle_homes, settle_overlaps
from membership.duplicates.plan import MergePlan, plan
from membership.duplicates.telling import told_plan
from membership.households.models import Guardianship, Household, HouseholdMember
from membership.households.queries import event_data as household_data
from membership.people import sealing
from membership.people.contacts import record_contact
from membership.people.former import lock_people
from membership.people.models import Person
from membership.people.queries import event_data
from membership.people.tokens import keep_tail, keep_tokens
from membership.published import contact_removed, household_changed, person_merged, person_updated
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.database.tables import FormerPerson
from shared.former_people.lookup import merged_ids
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_

SIDES = ("old", "into")


def checked_reason(reason: str) -> str:
    """The reason in one form; Refused when it says too little or too much."""
    tidy = " ".join(reason.split())
    if not 5 <= len(tidy) <= 300:
        raise Refused("reason-length", N_("Say why in 5 to 300 characters."), field="reason", status=422)
    return tidy


def decide_distinct(work: UnitOfWork, one_id: UUID, other_id: UUID, reason: str) -> DistinctPair:
    """Two people who look alike are two people; they are not shown as duplicates any more."""
    work.actor.demand("manager")
    _two(one_id, other_id)
    reason = checked_reason(reason)
    lock_people(work, [one_id, other_id])
    first, second = sorted((one_id, other_id))
    pair = work.session.get(DistinctPair, (first, second))
    if pair is None:
        pair = DistinctPair(first_id=first, second_id=second)
        work.session.add(pair)
    pair.reason, pair.decided_by, pair.decided_at = reason, work.actor.name[:120], work.now
    work.session.flush()
    for one in (first, second):
        work.audit("decided-distinct", f"person/{one}", other=str(second if one == first else first))
    return pair


def take_back_distinct(work: UnitOfWork, one_id: UUID, other_id: UUID) -> None:
    """They may be one person after all. NotFound when nothing was decided."""
    work.actor.demand("manager")
    first, second = sorted((one_id, other_id))
    pair = work.session.get(DistinctPair, (first, second))
    if pair is None:
        raise NotFound("decision")
    work.session.delete(pair)
    work.audit("distinct-taken-back", f"person/{first}", other=str(second))


def merge_people(
    work: UnitOfWork,
    person_id: UUID,
    into_id: UUID,
    *,
    person_version: int,
    into_version: int,
    reason: str,
    centre: Centre,
    take: Collection[str] = (),
    decisions: Mapping[UUID, str] | None = None,
    household: str | None = None,
) -> PersonMerge:
    """Make the record ``person_id`` part of ``into_id``, for good, in this one transaction.

    ``take`` names fields whose value comes from the old record. ``decisions`` says for each membership of the old
    record that overlaps one of the other's which stays (``old`` or ``into``), ``household`` the same for two homes.
    Refused with everything that stands against it or is not decided. Of two merges of one person, or a merge and an
    erasure, the second one finds the record gone.
    """
    work.actor.demand("manager")
    _two(person_id, into_id)
    reason = checked_reason(reason)
    old, into = lock_people(work, [person_id, into_id])
    for person, version in ((old, person_version), (into, into_version)):
        demand_whole(work, person.id, centre.today(work.now))
        if person.version != version:
            raise Stale(person.version)
    planned = plan(work.session, old, into)
    told, chosen = told_plan(planned, work.actor), decisions or {}
    undecided = _undecided(told, chosen, household)
    if told.blockers or undecided:
        raise Refused.many([*told.blockers, *undecided], status=409)
    taken = _fields_taken(planned, take)
    homes = _homes(work, person_id, into_id)
    settle_overlaps(work, planned.overlaps, chosen, into_id)
    if planned.homes and household is not None:
        settle_homes(work, person_id, into_id, household)
    _leave_a_trace(work, person_id, into_id)
    merge = PersonMerge(
        person_id=person_id,
        into_id=into_id,
        reason=reason,
        counts=dict(planned.counts),
        merged_by=work.actor.name[:120],
        merged_at=work.now,
    )
    work.session.add(merge)
    work.session.flush()
    move_rows(work, person_id, into_id)
    _unite(work, old, into, taken, centre)
    work.audit("person-merged", f"person/{into_id}", old=str(person_id), taken=sorted(taken), reason=reason)
    _tell(work, person_id, into_id, homes, centre)
    return merge


def _two(one_id: UUID, other_id: UUID) -> None:
    if one_id == other_id:
        raise Refused("same-record", N_("Choose two records."), field="into_id", status=422)


def _undecided(planned: MergePlan, decisions: Mapping[UUID, str], household: str | None) -> list[Reason]:
    reasons = []
    for overlap in planned.overlaps:
        if decisions.get(overlap.old.id) not in SIDES:
            text = N_("Both hold a role in %(organisation)s at the same time. Say which period stays.")
            facts = {"organisation": overlap.old.organisation.code, "membership_id": str(overlap.old.id)}
            reasons.append(Reason("overlap-undecided", text, "memberships", facts))
    if planned.homes and household not in SIDES:
        text = N_("They live in two households. Say which one stays.")
        reasons.append(Reason("household-undecided", text, "household"))
    return reasons


def _fields_taken(planned: MergePlan, take: Collection[str]) -> set[str]:
    """What was asked for, and what the other record lacks."""
    known = {one.field for one in planned.differences}
    unknown = sorted(set(take) - known)
    if unknown:
        text = N_("The two records do not differ in %(name)s.")
        raise Refused("nothing-to-take", text, field="take", status=422, name=unknown[0])
    return set(take) | {one.field for one in planned.differences if one.empty}


def _homes(work: UnitOfWork, *people: UUID) -> list[UUID]:
    query = select(HouseholdMember.household_id).where(HouseholdMember.person_id.in_(people)).distinct()
    return sorted(work.session.scalars(query))


def _leave_a_trace(work: UnitOfWork, old: UUID, into: UUID) -> None:
    """The old id, and those that led to it, lead to the other one from now on."""
    for earlier in merged_ids(work.session, old):
        work.session.get_one(FormerPerson, earlier).merged_into = into
    work.session.add(FormerPerson(person_id=old, merged_into=into, since=work.now, counts={}))
    work.session.flush()


def _unite(work: UnitOfWork, old: Person, into: Person, taken: Collection[str], centre: Centre) -> None:
    """Take over what was chosen, and remove the old record."""
    values: dict[str, Any] = {name: getattr(old, name) for name in taken}
    number = None if old.id_number_sealed is None else sealing.open_number(centre, old.id, old.id_number_sealed)
    work.session.delete(old)
    work.session.flush()
    for name, value in values.items():
        setattr(into, name, value)
    if number is not None:
        into.id_number_sealed = sealing.seal_number(centre, into.id, number)
        into.id_number_index = sealing.number_index(centre, number)
        keep_tail(work.session, into.id, centre, number)
    into.version += 1
    into.updated_at = work.now
    work.session.flush()
    keep_tokens(work.session, [into])


def _tell(work: UnitOfWork, old: UUID, into_id: UUID, homes: Collection[UUID], centre: Centre) -> None:
    """The record that stays, those who are written to through it, the households, and last that the old id is gone."""
    work.session.expire_all()
    into = work.session.get_one(Person, into_id)
    work.record(person_updated, into_id, event_data(into))
    record_contact(work, into, centre)
    answers_for = select(Guardianship.child_id).where(Guardianship.guardian_id == into_id)
    for child in work.session.scalars(select(Person).where(Person.id.in_(answers_for)).order_by(Person.id)).all():
        record_contact(work, child, centre)
    for home in work.session.scalars(select(Household).where(Household.id.in_(homes)).order_by(Household.id)).unique():
        home.version += 1
        work.record(household_changed, home.id, household_data(home))
    work.record(contact_removed, old, {"person_id": old})
    work.record(person_merged, old, {"person_id": old, "into_id": into_id})

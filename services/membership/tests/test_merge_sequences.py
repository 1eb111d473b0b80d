"""Any sequence of merges keeps what there was: no periods overlap, nothing is lost, old ids lead to the last one."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import combinations
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from membership.dues.models import DuesAssessment
from membership.duplicates.commands import merge_people
from membership.duplicates.plan import plan
from membership.households.commands import MemberData, found_household
from membership.households.queries import household_of
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.people.queries import get_person
from membership.settings import Centre
from shared.former_people import current_id
from shared.identifiers import new_id
from shared.refusal import Refused
from shared.runtime import Runtime

_PERIOD = st.tuples(st.integers(0, 20), st.one_of(st.none(), st.integers(1, 12)))
_PEOPLE = st.lists(
    st.tuples(
        st.lists(_PERIOD, max_size=2),
        st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=3, unique_by=lambda one: one[0]),
        st.booleans(),
    ),
    min_size=3,
    max_size=4,
)
_MERGES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), min_size=2, max_size=5)


def _day(month: int) -> date:
    return date(2020 + month // 12, month % 12 + 1, 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8, deadline=None)
@given(people=_PEOPLE, merges=_MERGES)
def test_after_any_merges_nothing_overlaps_nothing_is_lost_and_old_ids_lead_to_the_last_one(
    runtime: Runtime,
    centre: Centre,
    register: Callable[..., Person],
    branch: Organisation,
    join: Callable[..., Membership],
    people: list[tuple[list[tuple[int, int | None]], list[tuple[int, bool]], bool]],
    merges: list[tuple[int, int, bool]],
) -> None:
    made = [register("王小明") for _ in people]
    for person, (periods, months, at_home) in zip(made, people, strict=True):
        for start, length in periods:
            try:
                join(person, branch, start_on=_day(start), end_on=_day(start + length) if length else None)
            except Refused:
                continue  # this person has one then already
        with runtime.unit_of_work() as work:
            work.session.add_all(_month(person, branch, month, paid, work.now) for month, paid in months)
            if at_home:
                found_household(work, "王家", [MemberData(person.id)], centre=centre)
    ids = [one.id for one in made]
    days = {day for one in ids for day in _covered(runtime, one)}
    paid = sum((_paid(runtime, one) for one in ids), Decimal(0))
    stands = {one: one for one in ids}
    for old, into, keep_old in merges:
        first, second = (stands[ids[number % len(ids)]] for number in (old, into))
        if first != second and _merged(runtime, centre, first, second, "old" if keep_old else "into"):
            stands = {one: second if last == first else last for one, last in stands.items()}
    with runtime.reading() as session:
        assert {one: current_id(session, one) for one in ids} == stands
        for one in set(stands.values()):
            get_person(session, one)
            household_of(session, one)  # at most one
    left = set(stands.values())
    for one in left:
        with runtime.reading() as session:
            periods = session.scalars(select(Membership).where(Membership.person_id == one)).all()
        for a, b in combinations(periods, 2):
            assert (a.end_on or date.max) <= b.start_on or (b.end_on or date.max) <= a.start_on
    assert sum((_paid(runtime, one) for one in left), Decimal(0)) == paid
    assert {day for one in left for day in _covered(runtime, one)} <= days


def _merged(runtime: Runtime, centre: Centre, old_id: UUID, into_id: UUID, keep: str) -> bool:
    """Whether they are one now; False where something stands against it, and then nothing is changed."""
    try:
        with runtime.unit_of_work() as work:
            old, into = get_person(work.session, old_id), get_person(work.session, into_id)
            decisions = {one.old.id: keep for one in plan(work.session, old, into).overlaps}
            merge_people(
                work,
                old_id,
                into_id,
                person_version=old.version,
                into_version=into.version,
                reason="entered twice",
                centre=centre,
                decisions=decisions,
                household=keep,
            )
    except Refused as refused:
        if {one.code for one in refused.reasons} != {"dues-paid-twice"}:
            raise
        return False
    return True


def _month(person: Person, branch: Organisation, month: int, paid: bool, now: object) -> DuesAssessment:
    amount = Decimal(10)
    return DuesAssessment(
        id=new_id(), person_id=person.id, organisation_id=branch.id, month=date(2026, month, 1), category="employed",
        base=amount, amount=amount, paid=amount if paid else Decimal(0), rates="x", created_at=now,
    )  # fmt: skip


def _paid(runtime: Runtime, person_id: UUID) -> Decimal:
    with runtime.reading() as session:
        query = select(DuesAssessment.paid).where(DuesAssessment.person_id == person_id)
        return sum(session.scalars(query), Decimal(0))


def _covered(runtime: Runtime, person_id: UUID) -> set[int]:
    """The months of 2020 to 2023 in which the person belongs to the branch."""
    with runtime.reading() as session:
        periods = session.scalars(select(Membership).where(Membership.person_id == person_id)).all()
    return {
        month
        for month in range(48)
        for one in periods
        if one.start_on <= _day(month) and (one.end_on is None or _day(month) < one.end_on)
    }

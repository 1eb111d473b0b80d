"""Memberships: periods that never change in place and never overlap."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest

from membership.memberships.commands import end_membership, start_membership
from membership.memberships.models import Membership
from membership.memberships.queries import counts, selection
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.principal import Principal
from shared.refusal import Forbidden, Refused, Stale
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.parallel import at_once

Join = Callable[..., Membership]


@pytest.fixture
def person(register: Callable[..., Person]) -> Person:
    return register("王小明", phone="13800138000")


def test_starting_and_ending_tell_the_others(
    runtime: Runtime, person: Person, branch: Organisation, join: Join
) -> None:
    membership = join(person, branch, start_on=date(2026, 3, 1))
    [started] = recorded(runtime, "membership.started")
    assert started.data == {
        "membership_id": str(membership.id),
        "person_id": str(person.id),
        "organisation_id": str(branch.id),
        "body": "party",
        "role": "member",
        "start_on": "2026-03-01",
        "end_on": None,
    }
    with runtime.unit_of_work() as work:
        end_membership(work, membership.id, date(2026, 9, 1), version=1)
    [ended] = recorded(runtime, "membership.ended")
    assert (ended.subject, ended.data["end_on"]) == (f"membership/{membership.id}", "2026-09-01")


def test_the_same_role_in_the_same_organisation_is_held_once_at_a_time(
    person: Person, branch: Organisation, join: Join
) -> None:
    first = join(person, branch, start_on=date(2026, 1, 1), end_on=date(2026, 6, 1))
    with pytest.raises(Refused) as caught:
        join(person, branch, start_on=date(2026, 5, 31))
    [reason] = caught.value.reasons
    assert (reason.code, reason.facts["membership_id"]) == ("membership-overlaps", str(first.id))
    join(person, branch, start_on=date(2026, 6, 1))
    join(person, branch, role="secretary", start_on=date(2026, 2, 1))


def test_of_many_at_a_time_one_starts(runtime: Runtime, person: Person, branch: Organisation) -> None:
    def start_one(number: int) -> str:
        with runtime.unit_of_work() as work:
            start_membership(
                work,
                person_id=person.id,
                organisation_id=branch.id,
                role="member",
                start_on=date(2026, 1, 1 + number),
            )
        return "started"

    results = at_once(*(partial(start_one, number) for number in range(8)))
    assert sorted(results) == ["membership-overlaps"] * 7 + ["started"]


def test_it_ends_once_and_after_it_started(runtime: Runtime, person: Person, branch: Organisation, join: Join) -> None:
    membership = join(person, branch, start_on=date(2026, 3, 1))
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        end_membership(work, membership.id, date(2026, 3, 1), version=1)
    assert caught.value.code == "ends-before-it-starts"
    with runtime.unit_of_work() as work:
        end_membership(work, membership.id, date(2026, 3, 2), version=1)
    with pytest.raises(Stale), runtime.unit_of_work() as work:
        end_membership(work, membership.id, date(2026, 4, 1), version=1)
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        end_membership(work, membership.id, date(2026, 4, 1), version=2)
    assert caught.value.code == "already-ended"


def test_a_role_belongs_to_the_kind_of_organisation(person: Person, branch: Organisation, join: Join) -> None:
    with pytest.raises(Refused) as caught:
        join(person, branch, role="chair", start_on=date(1900, 1, 1), end_on=date(1899, 1, 1))
    assert [reason.code for reason in caught.value.reasons] == [
        "role-not-of-this-kind",
        "start-too-early",
        "ends-before-it-starts",
    ]


def test_each_body_keeps_its_own_memberships(
    runtime: Runtime, person: Person, branch: Organisation, clerk: Callable[..., Principal]
) -> None:
    with pytest.raises(Forbidden), runtime.unit_of_work(actor=clerk("manager", "union")) as work:
        start_membership(work, person_id=person.id, organisation_id=branch.id, role="member", start_on=date(2026, 1, 1))


def test_as_of_a_day_is_a_question_to_the_periods(
    runtime: Runtime, person: Person, branch: Organisation, join: Join
) -> None:
    join(person, branch, start_on=date(2026, 1, 1), end_on=date(2026, 6, 1))

    def held(day: date) -> int:
        with runtime.reading() as session:
            assert counts(session, day).get(branch.id, 0) == len(session.scalars(selection(as_of=day)).all())
            return counts(session, day).get(branch.id, 0)

    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 5, 31), date(2026, 6, 1))
    assert [held(day) for day in days] == [0, 1, 1, 0]

"""Households and guardians, and what the contacts exchange learns of them."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from sqlalchemy import func, select

from membership.consents.rules import ConsentData
from membership.households.commands import MemberData, change_household, found_household, set_guardians
from membership.households.models import Household
from membership.households.queries import children_of, get_household, guardians_of, household_of
from membership.organisations.models import Organisation
from membership.people.commands import register_person
from membership.people.models import Person
from membership.people.rules import PersonData
from membership.settings import Centre
from shared.refusal import Refused, Stale
from shared.runtime import Runtime
from shared.testing.delivery import recorded, request, write_pages
from shared.testing.parallel import at_once

CONSENT = ConsentData(date(2026, 11, 1), "C-1")
BORN = date(2016, 5, 1)


@pytest.fixture
def parents(register: Callable[..., Person]) -> tuple[Person, Person]:
    return register("王芳", phone="13800138000"), register("李雷", phone="13800138001")


@pytest.fixture
def child(register: Callable[..., Person], parents: tuple[Person, Person]) -> Person:
    return register("李小宝", birth_on=BORN, guardian_ids=tuple(parent.id for parent in parents))


def test_a_first_child_makes_the_household_and_a_second_one_joins_it(
    runtime: Runtime, register: Callable[..., Person], parents: tuple[Person, Person], child: Person
) -> None:
    mother, father = parents
    second = register("李二宝", birth_on=date(2018, 5, 1), guardian_ids=(father.id,))
    with runtime.reading() as session:
        household = household_of(session, second.id)
        assert household is not None
        assert household.name == "王芳家"
        assert {member.person_id: member.part for member in household.members} == {
            mother.id: "adult",
            father.id: "adult",
            child.id: "child",
            second.id: "child",
        }
        assert [one.id for one in children_of(session, father.id)] == [child.id, second.id]
    ids = recorded(runtime, "household.changed")[-1].data["member_ids"]
    assert ids == sorted(str(one.id) for one in (mother, father, child, second))


def test_two_children_at_a_time_do_not_make_two_households(
    runtime: Runtime, parents: tuple[Person, Person], centre: Centre
) -> None:
    orders = [tuple(parent.id for parent in parents), tuple(parent.id for parent in reversed(parents))]

    def register_child(number: int) -> str:
        with runtime.unit_of_work() as work:
            data = PersonData(f"宝{number}", birth_on=BORN, guardian_ids=orders[number % 2], consent=CONSENT)
            register_person(work, data, centre=centre)
        return "registered"

    assert at_once(*(partial(register_child, number) for number in range(4))) == ["registered"] * 4
    with runtime.reading() as session:
        assert session.scalar(select(func.count()).select_from(Household)) == 1


def test_other_guardians_are_told_to_the_contacts_exchange(
    runtime: Runtime, register: Callable[..., Person], child: Person, centre: Centre
) -> None:
    grandmother = register("王奶奶", phone="13800138002")
    with runtime.unit_of_work() as work:
        set_guardians(work, child.id, [grandmother.id], version=1, centre=centre)
    contact = recorded(runtime, "contact.changed")[-1]
    assert (contact.subject_id, contact.data["guardians"]) == (child.id, [str(grandmother.id)])
    with runtime.reading() as session:
        assert [one.id for one in guardians_of(session, child.id)] == [grandmother.id]
    with pytest.raises(Stale), runtime.unit_of_work() as work:
        set_guardians(work, child.id, [grandmother.id], version=1, centre=centre)


def test_a_child_keeps_at_least_one_guardian(runtime: Runtime, child: Person, centre: Centre) -> None:
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        set_guardians(work, child.id, [], version=1, centre=centre)
    assert caught.value.code == "guardian-needed"
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        set_guardians(work, child.id, [child.id], version=1, centre=centre)
    assert "own-guardian" in {reason.code for reason in caught.value.reasons}


def test_a_changed_household_tells_the_contacts_of_its_children(
    runtime: Runtime, parents: tuple[Person, Person], child: Person, centre: Centre
) -> None:
    before = len(recorded(runtime, "contact.changed"))
    with runtime.reading() as session:
        household = household_of(session, child.id)
    assert household is not None
    members = [MemberData(parents[0].id), MemberData(child.id, "child")]
    with runtime.unit_of_work() as work:
        changed = change_household(work, household.id, version=1, centre=centre, name="芳芳家", members=members)
    assert (changed.name, changed.version, len(changed.members)) == ("芳芳家", 2, 2)
    assert [event.subject_id for event in recorded(runtime, "contact.changed")[before:]] == [child.id]
    assert recorded(runtime, "household.changed")[-1].data["member_ids"] == sorted([str(parents[0].id), str(child.id)])


def test_nobody_lives_in_two_households(
    runtime: Runtime, parents: tuple[Person, Person], child: Person, centre: Centre
) -> None:
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        found_household(work, "另一家", [MemberData(parents[0].id)], centre=centre)
    assert (caught.value.code, caught.value.status) == ("lives-elsewhere", 409)


def test_a_household_has_a_name_an_adult_and_nobody_twice(runtime: Runtime, child: Person, centre: Centre) -> None:
    members = [MemberData(child.id, "child"), MemberData(child.id, "child")]
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        found_household(work, "", members, centre=centre)
    assert [reason.code for reason in caught.value.reasons] == ["name-length", "member-twice", "adult-needed"]


def test_a_changed_household_and_a_new_child_do_not_wait_for_each_other_for_ever(
    runtime: Runtime, parents: tuple[Person, Person], child: Person, centre: Centre
) -> None:
    with runtime.reading() as session:
        household = household_of(session, child.id)
    assert household is not None

    def run(number: int) -> str:
        with runtime.unit_of_work() as work:
            if number % 2:
                guardians = tuple(one.id for one in parents)
                data = PersonData(f"宝{number}", birth_on=BORN, guardian_ids=guardians, consent=CONSENT)
                register_person(work, data, centre=centre)
            else:
                version = get_household(work.session, household.id).version
                change_household(work, household.id, version=version, centre=centre, name=f"家{number}")
        return "done"

    assert set(at_once(*(partial(run, number) for number in range(6)))) <= {"done", "stale"}


def test_snapshots_say_what_the_events_said(
    runtime: Runtime, child: Person, branch: Organisation, join: Callable[..., object], parents: tuple[Person, Person]
) -> None:
    join(parents[0], branch)
    said = {
        noun: {event.subject: event.data for event in recorded(runtime, name)}
        for noun, name in (
            ("person", "person.registered"),
            ("contact", "contact.changed"),
            ("household", "household.changed"),
            ("organisation", "organisation.changed"),
            ("membership", "membership.started"),
        )
    }
    for noun in said:
        request(runtime, "notifications", noun=noun, queue="notifications.membership-events", subject=None)
    write_pages(runtime)
    for noun, events in said.items():
        assert {event.subject: event.data for event in recorded(runtime, f"{noun}.snapshot")} == events

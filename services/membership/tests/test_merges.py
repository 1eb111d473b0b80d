"""Merging two records of one person: everything moves, in one transaction, or nothing does."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from membership.acknowledgements.queries import answers
from membership.development.models import DevelopmentFile
from membership.dues.models import DuesAssessment, DuesBase
from membership.duplicates.commands import decide_distinct, merge_people
from membership.duplicates.plan import counts, person_columns
from membership.duplicates.queries import Pair, duplicates
from membership.households.commands import MemberData, found_household
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.former import Merged
from membership.people.models import Person
from membership.people.queries import get_person, masked_id_number
from membership.settings import Centre
from membership.snapshots import PROVIDERS
from membership.transfers.commands import request_transfer
from shared.database import violated
from shared.identifiers import new_id
from shared.principal import SYSTEM
from shared.refusal import Refused, Stale
from shared.runtime import Runtime
from shared.testing.delivery import receive, recorded
from shared.testing.parallel import at_once

NUMBER = "11010519491231002X"
BORN = date(1990, 5, 1)


@pytest.fixture
def merge(runtime: Runtime, centre: Centre) -> Callable[..., None]:
    """``merge(old, into, take=["phone"])``"""

    def carry_out(old: Person, into: Person, **more: Any) -> None:
        with runtime.unit_of_work() as work:
            versions = {"person_version": old.version, "into_version": into.version, **more}
            merge_people(work, old.id, into.id, reason="entered twice", centre=centre, **versions)

    return carry_out


def test_everything_of_the_old_record_is_the_others(
    runtime: Runtime,
    register: Callable[..., Person],
    branch: Organisation,
    join: Callable[..., Membership],
    merge: Callable[..., None],
    centre: Centre,
) -> None:
    old = register("王小明", phone="13800138000", id_number=NUMBER)
    into = register("王小明", email="wang@example.com")
    child = register("王小小", birth_on=date(2020, 1, 1), guardian_ids=(old.id,))
    held = join(old, branch, start_on=date(2020, 1, 1))
    with runtime.unit_of_work() as work:
        work.session.add(_file(old, branch, work.now))
        work.session.add(_assessment(old, branch, work.now))
        request_transfer(work, old.id, to_place="Elsewhere", requested_on=date(2026, 1, 10), centre=centre)
    merge(old, into)
    with runtime.reading() as session:
        with pytest.raises(Merged) as caught:
            get_person(session, old.id)
        assert caught.value.person_id == into.id
        stays = get_person(session, into.id)
        assert (stays.phone, stays.email, stays.version) == ("+8613800138000", "wang@example.com", 2)
        assert masked_id_number(stays, centre) == "110105********002X"
        assert session.get_one(Membership, held.id).person_id == into.id
        assert counts(session, old.id) == {}
        assert counts(session, into.id) == {
            "development_files": 1, "dues_assessments": 1, "guardianships": 1, "guardian_consents": 1,
            "household_members": 1, "memberships": 1, "transfers": 1,
        }  # fmt: skip
        said = dict(PROVIDERS["person"](session, None, None, 10))
        assert said[old.id]["merged_into"] == into.id
        assert old.id not in dict(PROVIDERS["contact"](session, None, None, 10))
    [merged] = recorded(runtime, "person.merged")
    assert (merged.subject, merged.data["into_id"]) == (f"person/{old.id}", str(into.id))
    assert [event.subject for event in recorded(runtime, "contact.removed")] == [f"contact/{old.id}"]
    assert recorded(runtime, "contact.changed")[-1].data["guardians"] == [str(into.id)]
    assert recorded(runtime, "contact.changed")[-1].subject == f"contact/{child.id}"


def test_no_table_that_names_people_is_forgotten() -> None:
    named = {f"{table.name}.{column}" for table, column in person_columns()}
    assert {"memberships.person_id", "guardianships.guardian_id", "ballot_rolls.person_id"} <= named
    assert "person_tokens.person_id" not in named


def test_what_is_not_decided_is_said_and_then_followed(
    runtime: Runtime,
    register: Callable[..., Person],
    branch: Organisation,
    join: Callable[..., Membership],
    merge: Callable[..., None],
    centre: Centre,
) -> None:
    old, into = register("王小明", phone="13800138000"), register("王明", phone="13900139000")
    earlier, later = join(old, branch), join(into, branch, start_on=date(2026, 3, 1))
    with runtime.unit_of_work() as work:
        for one in (old, into):
            found_household(work, one.name, [MemberData(one.id)], centre=centre)
    with pytest.raises(Refused) as caught:
        merge(old, into)
    assert [reason.code for reason in caught.value.reasons] == ["overlap-undecided", "household-undecided"]
    merge(old, into, decisions={earlier.id: "old"}, household="into", take=["name"])
    with runtime.reading() as session:
        assert [row.id for row in session.scalars(select(Membership))] == [earlier.id]
        stays = get_person(session, into.id)
        assert (stays.name, stays.phone) == ("王小明", "+8613900139000")
    [doubled] = recorded(runtime, "membership.merged")
    assert doubled.data == {
        "membership_id": str(later.id), "into_id": str(earlier.id), "person_id": str(into.id)
    }  # fmt: skip


def test_what_stands_against_it_is_said_all_at_once(
    runtime: Runtime, register: Callable[..., Person], branch: Organisation, merge: Callable[..., None], centre: Centre
) -> None:
    old = register("王小明", id_number=NUMBER)
    into = register("王小明", id_number="110105194912310038")
    with runtime.unit_of_work() as work:
        for one in (old, into):
            work.session.add(_file(one, branch, work.now))
            work.session.add(_assessment(one, branch, work.now, paid=5))
        decide_distinct(work, into.id, old.id, "two cousins")
    with pytest.raises(Refused) as caught:
        merge(old, into)
    assert [reason.code for reason in caught.value.reasons] == [
        "different-id-numbers", "decided-distinct", "two-open-files", "dues-paid-twice"
    ]  # fmt: skip


def test_a_month_assessed_twice_keeps_the_one_that_was_paid(
    runtime: Runtime, register: Callable[..., Person], branch: Organisation, merge: Callable[..., None]
) -> None:
    old, into = register("王小明"), register("王小明")
    with runtime.unit_of_work() as work:
        for one, paid in ((old, 5), (into, 0)):
            work.session.add(_assessment(one, branch, work.now, paid=paid))
            work.session.add(
                DuesBase(
                    id=new_id(), person_id=one.id, from_month=date(2026, 1, 1), category="monthly", base=Decimal(5000),
                    recorded_by="x", recorded_at=work.now,
                )
            )  # fmt: skip
    merge(old, into)
    with runtime.reading() as session:
        assert [(row.person_id, row.paid) for row in session.scalars(select(DuesAssessment))] == [(into.id, 5)]
        assert [row.person_id for row in session.scalars(select(DuesBase))] == [into.id]


def test_a_stale_record_is_not_merged(register: Callable[..., Person], merge: Callable[..., None]) -> None:
    old, into = register("王小明"), register("王小明")
    with pytest.raises(Stale):
        merge(old, into, into_version=2)


def test_no_statement_gives_a_membership_to_somebody_else(
    runtime: Runtime, register: Callable[..., Person], branch: Organisation, join: Callable[..., Membership]
) -> None:
    held, other = join(register("王小明"), branch), register("李雷")
    with pytest.raises(IntegrityError) as caught, runtime.database.writing() as session:
        session.execute(update(Membership).where(Membership.id == held.id).values(person_id=other.id))
    assert violated(caught.value) == "fixed_membership"


def test_of_two_merges_of_one_person_at_a_time_one_is_refused(
    runtime: Runtime, register: Callable[..., Person], merge: Callable[..., None]
) -> None:
    one, second, third = register("王小明"), register("王小明"), register("王小明")
    results = at_once(partial(_told, merge, one, second), partial(_told, merge, one, third))
    assert sorted(results) == ["merged", "person-merged"]
    crossed = at_once(partial(_told, merge, second, third), partial(_told, merge, third, second))
    assert "merged" not in crossed or crossed.count("merged") == 1
    assert len(recorded(runtime, "person.merged")) == 1 + crossed.count("merged")


def _told(merge: Callable[..., None], old: Person, into: Person) -> str:
    merge(old, into)
    return "merged"


def test_a_transfer_that_is_asked_for_meanwhile_goes_along_or_is_refused(
    runtime: Runtime,
    register: Callable[..., Person],
    branch: Organisation,
    join: Callable[..., Membership],
    merge: Callable[..., None],
    centre: Centre,
) -> None:
    old, into = register("王小明"), register("王小明")
    join(old, branch)

    def ask() -> str:
        with runtime.unit_of_work() as work:
            request_transfer(work, old.id, to_place="Elsewhere", requested_on=date(2026, 3, 1), centre=centre)
        return "asked"

    results = at_once(partial(_told, merge, old, into), ask)
    assert results[0] == "merged"
    assert results[1] in ("asked", "person-merged", "person-gone")
    with runtime.reading() as session:
        assert counts(session, old.id) == {}
        assert counts(session, into.id).get("transfers", 0) == (results[1] == "asked")


def test_a_chain_ends_at_the_record_that_stands(
    runtime: Runtime, register: Callable[..., Person], merge: Callable[..., None]
) -> None:
    first, second, third = (register("王小明") for _ in range(3))
    merge(first, second)
    merge(second, third, person_version=2)
    with runtime.reading() as session, pytest.raises(Merged) as caught:
        get_person(session, first.id)
    assert caught.value.person_id == third.id


def test_each_service_is_waited_for(
    runtime: Runtime, register: Callable[..., Person], merge: Callable[..., None]
) -> None:
    old, into = register("王小明"), register("王小明")
    merge(old, into)
    counted = [{"what": "registrations", "count": 2}]
    data = {"person_id": str(old.id), "into_id": str(into.id), "counts": counted}
    receive(runtime, "activities", "merge.done", old.id, data)
    receive(runtime, "activities", "merge.snapshot", old.id, data, version=1)
    with runtime.reading() as session:
        said = {one.service: one.counts for one in answers(session, "merge", old.id) if one.answered_at}
    assert said == {"activities": {"registrations": 2}}


def test_pairs_are_found_by_name_and_birthday_and_by_phone_until_somebody_decides(
    runtime: Runtime, register: Callable[..., Person]
) -> None:
    first, second = register("王小明", birth_on=BORN), register("王小明", birth_on=BORN)
    third, fourth = register("赵一", phone="13800138000"), register("赵二", phone="13800138000")
    register("王小明")
    with runtime.reading() as session:
        found = {frozenset((pair.first.id, pair.second.id)): pair.why for pair in there(session)}
    assert found == {frozenset((first.id, second.id)): "name", frozenset((third.id, fourth.id)): "phone"}
    with runtime.unit_of_work() as work:
        decide_distinct(work, third.id, fourth.id, "a couple with one phone")
    with runtime.reading() as session:
        assert [pair.why for pair in there(session)] == ["name"]


def _file(person: Person, branch: Organisation, now: Any) -> DevelopmentFile:
    return DevelopmentFile(
        id=new_id(), person_id=person.id, organisation_id=branch.id, stage="activist", state="open",
        opened_on=date(2026, 1, 1), version=1, created_at=now,
    )  # fmt: skip


def _assessment(person: Person, branch: Organisation, now: Any, paid: int = 0) -> DuesAssessment:
    return DuesAssessment(
        id=new_id(), person_id=person.id, organisation_id=branch.id, month=date(2026, 2, 1), category="monthly",
        base=Decimal(5000), amount=Decimal(50), paid=Decimal(paid), rates="2008", version=1, created_at=now,
    )  # fmt: skip


def there(session: Session) -> Sequence[Pair]:
    return duplicates(session, SYSTEM, date(2026, 11, 23)).items

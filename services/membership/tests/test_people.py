"""People: one record each, their ID number sealed, their contact details on the contacts exchange alone."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from sqlalchemy import select, text

from membership.people import sealing
from membership.people.commands import register_person, reveal_id_number, update_person
from membership.people.models import Person
from membership.people.queries import get_person, masked_id_number, selection
from membership.people.rules import PersonData
from membership.people.timers import write_to_grown_up_children
from membership.settings import Centre
from shared.database.tables import AuditRow, OutboxRow
from shared.identifiers import new_id
from shared.principal import SYSTEM, Principal
from shared.refusal import Forbidden, Refused, Stale
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock
from shared.testing.parallel import at_once

NUMBER = "11010519491231002X"


def codes(refused: Refused) -> list[str]:
    return [reason.code for reason in refused.reasons]


def test_registering_says_who_on_one_exchange_and_how_to_reach_them_on_the_other(
    runtime: Runtime, register: Callable[..., Person]
) -> None:
    person = register("王小明", phone="138 0013 8000", email="Wang@Example.COM", language="en")
    [registered] = recorded(runtime, "person.registered")
    assert registered.data == {"person_id": str(person.id), "name": "王小明", "sample": False}
    [contact] = recorded(runtime, "contact.changed")
    assert contact.subject == f"contact/{person.id}"
    assert contact.data == {
        "person_id": str(person.id),
        "name": "王小明",
        "language": "en",
        "phone": "+8613800138000",
        "email": "Wang@example.com",
        "guardians": [],
        "sample": False,
    }
    with runtime.reading() as session:
        exchanges = dict(session.execute(select(OutboxRow.type, OutboxRow.exchange)).all())
    assert exchanges == {
        "org.yizhan.membership.person.registered.v1": "membership.events",
        "org.yizhan.membership.contact.changed.v1": "membership.contacts",
    }


def test_every_broken_rule_is_told_at_once(register: Callable[..., Person]) -> None:
    with pytest.raises(Refused) as caught:
        register(" ", language="fr", phone="12", email="nobody", birth_on=date(2030, 1, 1), id_number="123")
    assert codes(caught.value) == [
        "name-length",
        "language-unknown",
        "phone-invalid",
        "email-invalid",
        "id-number-invalid",
        "birth-date-impossible",
    ]


@pytest.mark.parametrize(
    "spelling", [NUMBER, "110105 19491231 002x", "１１０１０５１９４９１２３１００２ｘ", "110105-19491231-002X"]
)
def test_an_id_number_has_one_spelling_and_says_the_birth_date(
    runtime: Runtime, register: Callable[..., Person], centre: Centre, spelling: str
) -> None:
    person = register("王小明", id_number=spelling)
    assert person.birth_on == date(1949, 12, 31)
    assert person.id_number_index == sealing.number_index(centre, NUMBER)
    assert masked_id_number(person, centre) == "110105********002X"


def test_an_id_number_is_unreadable_in_the_database_and_in_events(
    runtime: Runtime, register: Callable[..., Person]
) -> None:
    register("王小明", id_number=NUMBER)
    with runtime.reading() as session:
        sealed = session.execute(text("SELECT id_number_sealed FROM people")).scalar_one()
        bodies = session.scalars(select(OutboxRow.body)).all()
        facts = session.scalars(select(AuditRow.facts)).all()
    assert NUMBER.encode() not in bytes(sealed)
    assert not any(NUMBER in str(said) for said in (*bodies, *facts))


def test_the_same_id_number_is_refused_with_a_pointer(register: Callable[..., Person]) -> None:
    first = register("王小明", id_number=NUMBER)
    with pytest.raises(Refused) as caught:
        register("王晓明", id_number=NUMBER.lower())
    [reason] = caught.value.reasons
    assert (reason.code, reason.facts["person_id"], caught.value.status) == ("id-number-taken", str(first.id), 409)


def test_of_two_registrations_at_a_time_with_one_id_number_one_is_refused(runtime: Runtime, centre: Centre) -> None:
    def register_one(number: int) -> str:
        with runtime.unit_of_work() as work:
            register_person(work, PersonData(f"王{number}", id_number=NUMBER), centre=centre)
        return "registered"

    results = at_once(*(partial(register_one, number) for number in range(6)))
    assert sorted(results) == ["id-number-taken"] * 5 + ["registered"]


def test_an_id_number_that_a_spreadsheet_mangled_is_told_apart(register: Callable[..., Person]) -> None:
    with pytest.raises(Refused) as caught:
        register("王小明", id_number="1.10105E+17")
    assert caught.value.code == "id-number-from-spreadsheet"


def test_only_the_sample_loader_may_enter_numbers_that_belong_to_nobody(register: Callable[..., Person]) -> None:
    assert register("样例", phone="+8610000000007", sample=True).phone == "+8610000000007"
    with pytest.raises(Refused) as caught:
        register("王小明", phone="+8610000000007")
    assert caught.value.code == "phone-invalid"


def test_a_change_is_recorded_once_and_an_older_version_is_stale(
    runtime: Runtime, register: Callable[..., Person], centre: Centre
) -> None:
    person = register("王小明", phone="13800138000")
    with runtime.unit_of_work() as work:
        changed = update_person(work, person.id, {"phone": "13800138001"}, version=1, centre=centre)
    assert (changed.phone, changed.version) == ("+8613800138001", 2)
    assert [event.subjectversion for event in recorded(runtime, "contact.changed")] == [1, 2]
    with runtime.unit_of_work() as work:
        assert update_person(work, person.id, {"name": " 王小明 "}, version=2, centre=centre).version == 2
    assert len(recorded(runtime, "person.updated")) == 1
    with pytest.raises(Stale), runtime.unit_of_work() as work:
        update_person(work, person.id, {"name": "王明"}, version=1, centre=centre)


def test_replacing_an_id_number_is_for_managers(
    runtime: Runtime, register: Callable[..., Person], clerk: Callable[..., Principal], centre: Centre
) -> None:
    person = register("王小明", id_number=NUMBER)
    with pytest.raises(Forbidden), runtime.unit_of_work(actor=clerk("officer")) as work:
        update_person(work, person.id, {"id_number": None}, version=1, centre=centre)
    with runtime.unit_of_work(actor=clerk("manager")) as work:
        changed = update_person(work, person.id, {"id_number": None}, version=1, centre=centre)
    assert changed.id_number_sealed is None


def test_a_taken_id_number_is_refused_on_change_too(
    runtime: Runtime, register: Callable[..., Person], centre: Centre
) -> None:
    register("王小明", id_number=NUMBER)
    other = register("李雷", phone="13800138000")
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        update_person(work, other.id, {"id_number": NUMBER}, version=1, centre=centre)
    assert caught.value.code == "id-number-taken"


def test_revealing_is_for_managers_with_a_reason_and_leaves_a_trace(
    runtime: Runtime, register: Callable[..., Person], clerk: Callable[..., Principal], centre: Centre
) -> None:
    person = register("王小明", id_number=NUMBER)
    with pytest.raises(Forbidden), runtime.unit_of_work(actor=clerk("officer")) as work:
        reveal_id_number(work, person.id, "insurance form", centre=centre)
    with pytest.raises(Refused) as caught, runtime.unit_of_work(actor=clerk("manager")) as work:
        reveal_id_number(work, person.id, " x ", centre=centre)
    assert caught.value.code == "reason-needed"
    manager = clerk("manager", "party")
    with runtime.unit_of_work(actor=manager) as work:
        assert reveal_id_number(work, person.id, "insurance form", centre=centre) == NUMBER
    with runtime.reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "id-number-revealed")).one()
    assert (row.actor, row.facts) == (manager.key, {"reason": "insurance form"})


def test_a_viewer_registers_nobody(runtime: Runtime, clerk: Callable[..., Principal], centre: Centre) -> None:
    with pytest.raises(Forbidden), runtime.unit_of_work(actor=clerk("viewer")) as work:
        register_person(work, PersonData("王小明"), centre=centre)


def test_people_are_found_by_part_of_the_name_and_by_the_end_of_the_phone(
    runtime: Runtime, register: Callable[..., Person]
) -> None:
    register("王小明", phone="13800138000")
    register("John_Smith", phone="13800138111")
    register("李雷")

    def found(**by: str) -> set[str]:
        with runtime.reading() as session:
            return {person.name for person in session.scalars(selection(reader=SYSTEM, today=date(2026, 11, 23), **by))}

    assert found(name="小") == {"王小明"}
    assert found(name="SMITH") == {"John_Smith"}
    assert found(name="_") == {"John_Smith"}
    assert found(phone="8000") == {"王小明"}
    assert found(phone="no digits") == {"王小明", "John_Smith", "李雷"}


@pytest.fixture
def mother(register: Callable[..., Person]) -> Person:
    return register("王芳", phone="13800138000")


def test_a_child_without_a_guardian_is_refused(register: Callable[..., Person], mother: Person) -> None:
    with pytest.raises(Refused) as caught:
        register("王小宝", birth_on=date(2016, 5, 1))
    assert codes(caught.value) == ["guardian-needed"]


def test_messages_for_a_child_go_to_its_guardians(
    runtime: Runtime, register: Callable[..., Person], mother: Person
) -> None:
    child = register("王小宝", birth_on=date(2016, 5, 1), guardian_ids=(mother.id,), phone="13800138001")
    contact = recorded(runtime, "contact.changed")[-1]
    assert (contact.subject_id, contact.data["guardians"]) == (child.id, [str(mother.id)])


def test_a_guardian_is_an_adult_who_exists(register: Callable[..., Person], mother: Person) -> None:
    youth = register("王大宝", birth_on=date(2010, 5, 1))
    with pytest.raises(Refused) as caught:
        register("王小宝", birth_on=date(2016, 5, 1), guardian_ids=(youth.id,))
    assert codes(caught.value) == ["guardian-too-young"]
    with pytest.raises(Refused) as caught:
        register("王小宝", birth_on=date(2016, 5, 1), guardian_ids=(new_id(),))
    assert codes(caught.value) == ["guardian-unknown"]


def test_who_turns_fourteen_is_written_to_from_that_day_on(
    runtime: Runtime, clock: SettableClock, register: Callable[..., Person], mother: Person
) -> None:
    child = register("王小宝", birth_on=date(2012, 11, 25), guardian_ids=(mother.id,), phone="13800138001")
    assert write_to_grown_up_children(runtime) == 0
    clock.advance(days=2)
    assert write_to_grown_up_children(runtime) == 1
    assert write_to_grown_up_children(runtime) == 0
    contact = recorded(runtime, "contact.changed")[-1]
    assert (contact.subject_id, contact.data["guardians"]) == (child.id, [])


def test_who_cannot_be_reached_at_fourteen_is_reached_through_the_guardians(
    runtime: Runtime, clock: SettableClock, register: Callable[..., Person], mother: Person, centre: Centre
) -> None:
    child = register("王小宝", birth_on=date(2012, 11, 20), guardian_ids=(mother.id,))
    assert recorded(runtime, "contact.changed")[-1].data["guardians"] == [str(mother.id)]
    with runtime.unit_of_work() as work:
        update_person(work, child.id, {"phone": "13800138001"}, version=1, centre=centre)
    assert recorded(runtime, "contact.changed")[-1].data["guardians"] == []
    with runtime.reading() as session:
        assert get_person(session, child.id).guarded is False

"""Erasing a person: what is open is said, a second person confirms, and nobody comes back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from membership.duplicates.commands import merge_people
from membership.erasures.commands import ask_again, confirm_erasure, decline_erasure, request_erasure
from membership.erasures.models import Erasure
from membership.households.commands import set_guardians
from membership.imports.plan import plan
from membership.meetings.commands import keep_attendance, keep_sessions
from membership.meetings.queries import branch_year
from membership.memberships.commands import start_membership
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.commands import update_person
from membership.people.models import Person
from membership.people.queries import get_person, selection
from membership.people.tokens import PersonToken
from membership.settings import Centre
from membership.snapshots import PROVIDERS
from shared.database import violated
from shared.database.tables import AuditRow, OutboxRow
from shared.identifiers import new_id
from shared.principal import SYSTEM, Principal
from shared.refusal import NotFound, Refused
from shared.runtime import Runtime
from shared.testing.delivery import receive, recorded
from shared.testing.parallel import at_once

NUMBER = "11010519491231002X"
SERVICES = ("facilities", "activities", "welfare", "notifications")


@pytest.fixture
def ask(runtime: Runtime, clerk: Callable[..., Principal], centre: Centre) -> Callable[[Person], Erasure]:
    def make(person: Person) -> Erasure:
        with runtime.unit_of_work(actor=clerk("officer")) as work:
            return request_erasure(work, person.id, "asked for it in writing", centre=centre)

    return make


@pytest.fixture
def checked(runtime: Runtime) -> Callable[..., None]:
    """``checked(erasure, welfare=1)``: every service has answered, with so much open."""

    def answer(erasure: Erasure, **still_open: int) -> None:
        for service in SERVICES:
            found = [{"what": "matters", "count": still_open[service]}] if service in still_open else []
            data = {
                "person_id": str(erasure.person_id), "request_id": str(erasure.id), "still_open": found
            }  # fmt: skip
            receive(runtime, service, "erasure.checked", erasure.person_id, data, version=1)

    return answer


@pytest.fixture
def confirm(runtime: Runtime, clerk: Callable[..., Principal], centre: Centre) -> Callable[[Erasure], Erasure]:
    def carry_out(erasure: Erasure) -> Erasure:
        with runtime.unit_of_work(actor=clerk("manager")) as work:
            return confirm_erasure(work, erasure.id, version=erasure.version, centre=centre)

    return carry_out


def test_what_is_open_here_or_elsewhere_postpones_it(
    runtime: Runtime,
    register: Callable[..., Person],
    branch: Organisation,
    join: Callable[..., Membership],
    ask: Callable[[Person], Erasure],
    checked: Callable[..., None],
    confirm: Callable[[Erasure], Erasure],
) -> None:
    person = register("王小明")
    register("王小小", birth_on=date(2020, 1, 1), guardian_ids=(person.id,))
    join(person, branch)
    erasure = ask(person)
    with pytest.raises(Refused) as caught:
        confirm(erasure)
    assert [one.code for one in caught.value.reasons] == ["party-member", "only-guardian", *["not-answered"] * 4]
    checked(erasure, welfare=1)
    with pytest.raises(Refused) as caught:
        confirm(erasure)
    assert [one.code for one in caught.value.reasons] == ["party-member", "only-guardian", "open-elsewhere"]
    with runtime.unit_of_work() as work:
        ask_again(work, erasure.id)
    assert len(recorded(runtime, "person.erasure-requested")) == 2
    with pytest.raises(Refused, match="asked for already"):
        ask(person)


def test_an_erased_person_leaves_ids_and_nothing_that_tells_who_it_was(
    runtime: Runtime,
    register: Callable[..., Person],
    found: Callable[..., Organisation],
    join: Callable[..., Membership],
    ask: Callable[[Person], Erasure],
    checked: Callable[..., None],
    confirm: Callable[[Erasure], Erasure],
    centre: Centre,
) -> None:
    person = register("王小明", phone="13800138000", email="wang@example.com", id_number=NUMBER)
    other = register("李雷")
    child = register("王小小", birth_on=date(2020, 1, 1), guardian_ids=(person.id, other.id))
    held = join(person, found("W", "women-federation"), start_on=date(2020, 1, 1))
    with runtime.database.writing() as session:
        session.execute(text("UPDATE outbox SET published_at = recorded_at"))
    erasure = ask(person)
    checked(erasure)
    done = confirm(erasure)
    assert done.state == "done"
    with runtime.reading() as session:
        row = get_person(session, person.id)
        assert (row.name, row.phone, row.email, row.birth_on, row.id_number_sealed) == ("已删除", *[None] * 4)
        assert session.scalars(select(PersonToken).where(PersonToken.person_id == person.id)).all() == []
        assert person.id not in [one.id for one in session.scalars(selection(reader=SYSTEM, today=date(2026, 11, 23)))]
        assert session.get_one(Membership, held.id).end_on is not None
        tables = {name: session.execute(text(f"SELECT * FROM {name}")).all() for name in runtime_tables(runtime)}
        kept = [name for name, rows in tables.items() if "王小明" in str(rows) or "13800138000" in str(rows)]
        assert kept == []
        about = session.scalars(select(OutboxRow).where(OutboxRow.subject == f"contact/{person.id}")).all()
        assert [one.body is None for one in about] == [True, False]
        assert dict(PROVIDERS["person"](session, None, person.id, 1))[person.id]["erased"] is True
        assert PROVIDERS["contact"](session, None, person.id, 1) == []
        assert "王小明" not in str(session.scalars(select(AuditRow.facts)).all())
    assert [event.subject for event in recorded(runtime, "person.erased")] == [f"person/{person.id}"]
    assert recorded(runtime, "contact.changed")[-1].data["guardians"] == [str(other.id)]
    assert recorded(runtime, "contact.changed")[-1].subject == f"contact/{child.id}"


def test_the_year_of_a_branch_does_not_change_when_somebody_who_was_there_is_erased(
    runtime: Runtime,
    register: Callable[..., Person],
    branch: Organisation,
    join: Callable[..., Membership],
    ask: Callable[[Person], Erasure],
    checked: Callable[..., None],
    confirm: Callable[[Erasure], Erasure],
) -> None:
    person, registration, session_id = register("王小明"), new_id(), new_id()
    join(person, branch, start_on=date(2026, 1, 1), end_on=date(2026, 6, 30))
    starts = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    met = {"session_id": session_id, "starts_at": starts, "ends_at": starts + timedelta(hours=2)}

    def tell(registration_id: UUID, present: bool) -> list[tuple[date, int]]:
        """What the year of the branch has after activities said so."""
        with runtime.unit_of_work() as work:
            keep_attendance(work, registration_id, session_id, person.id, present, 90)
            year = branch_year(work.session, branch.id, 2026, date(2026, 11, 23), ZoneInfo("Asia/Shanghai"))
            return [(one.day, one.present) for one in year.sittings]

    with runtime.unit_of_work() as work:
        keep_sessions(work, new_id(), "theme-day", ("主题党日", "Theme day"), [met])
    there = [(date(2026, 3, 2), 1)]
    assert tell(registration, True) == there
    erasure = ask(person)
    checked(erasure)
    assert confirm(erasure).state == "done"
    assert tell(registration, True) == there
    assert tell(registration, False) == []  # corrected
    assert tell(new_id(), True) == []  # nothing is added


def runtime_tables(runtime: Runtime) -> list[str]:
    names = [table.name for table in runtime.service.metadata.sorted_tables]
    return [name for name in names if name not in ("organisations",)]


def test_the_one_who_asked_cannot_confirm_and_the_database_holds_that(
    runtime: Runtime,
    register: Callable[..., Person],
    clerk: Callable[..., Principal],
    checked: Callable[..., None],
    centre: Centre,
) -> None:
    manager = clerk("manager")
    person = register("王小明")
    with runtime.unit_of_work(actor=manager) as work:
        erasure = request_erasure(work, person.id, "asked for it in writing", centre=centre)
    checked(erasure)
    with pytest.raises(Refused, match="Somebody else"), runtime.unit_of_work(actor=manager) as work:
        confirm_erasure(work, erasure.id, version=1, centre=centre)
    with pytest.raises(IntegrityError) as caught, runtime.database.writing() as session:
        session.execute(
            text("UPDATE erasures SET state = 'done', decided_by = requested_by, decided_at = requested_at")
        )
    assert "four_eyes" in (violated(caught.value) or "")
    somebody = new_id()
    one, other = (replace(clerk("manager"), person_id=somebody) for _ in range(2))
    assert one.key != other.key
    with runtime.database.writing() as session:
        session.execute(update(Erasure).values(requested_by_person=somebody, requested_by=one.key))
    with pytest.raises(Refused, match="Somebody else"), runtime.unit_of_work(actor=other) as work:
        confirm_erasure(work, erasure.id, version=1, centre=centre)
    decided = {"decided_by": "x", "decided_at": erasure.requested_at, "decided_by_person": somebody}
    with pytest.raises(IntegrityError) as caught, runtime.database.writing() as session:
        session.execute(update(Erasure).values(state="done", **decided))
    assert "two_persons" in (violated(caught.value) or "")
    with runtime.unit_of_work(actor=manager) as work:
        assert decline_erasure(work, erasure.id, "must be kept", version=1).state == "declined"


@pytest.fixture
def erased(
    register: Callable[..., Person],
    ask: Callable[[Person], Erasure],
    checked: Callable[..., None],
    confirm: Callable[[Erasure], Erasure],
) -> Person:
    person = register("王小明", phone="13800138000", id_number=NUMBER)
    erasure = ask(person)
    checked(erasure)
    confirm(erasure)
    return person


def test_nothing_brings_an_erased_person_back(
    runtime: Runtime, erased: Person, branch: Organisation, centre: Centre
) -> None:
    with pytest.raises(Refused, match="was erased"), runtime.unit_of_work() as work:
        update_person(work, erased.id, {"name": "王小明"}, version=2, centre=centre)
    with pytest.raises(Refused, match="was erased"), runtime.unit_of_work() as work:
        start_membership(work, person_id=erased.id, organisation_id=branch.id, role="member", start_on=date(2026, 1, 1))
    with pytest.raises(NotFound), runtime.unit_of_work() as work:
        set_guardians(work, erased.id, [], version=2, centre=centre)
    for change in ("UPDATE people SET name = '王小明' WHERE id = :id", "DELETE FROM people WHERE id = :id"):
        key = erased.id if runtime.database.dialect == "postgresql" else erased.id.hex
        with pytest.raises(IntegrityError) as caught, runtime.database.writing() as session:
            session.execute(text(change), {"id": key})
        assert violated(caught.value) == "erased_person"


@pytest.mark.parametrize("row", ["王小明,13800138000,,", "王小明,,,1949-12-31", f"王某,,{NUMBER},"])
def test_an_import_does_not_bring_an_erased_person_back(
    runtime: Runtime, erased: Person, centre: Centre, row: str
) -> None:
    content = f"姓名,手机,身份证号,出生日期\n{row}\n".encode()
    with runtime.reading() as session:
        found = plan(session, content, actor=SYSTEM, centre=centre, today=date(2026, 11, 23))
    assert [error.reason.code for error in found.errors] == ["erased-person"]


def test_of_a_merge_and_an_erasure_at_a_time_one_is_refused(
    runtime: Runtime,
    register: Callable[..., Person],
    ask: Callable[[Person], Erasure],
    checked: Callable[..., None],
    confirm: Callable[[Erasure], Erasure],
    centre: Centre,
) -> None:
    person, other = register("王小明"), register("王小明")
    erasure = ask(person)
    checked(erasure)

    def merge() -> str:
        with runtime.unit_of_work() as work:
            merge_people(
                work, person.id, other.id, person_version=1, into_version=1, reason="entered twice", centre=centre
            )
        return "merged"

    results = at_once(merge, lambda: confirm(erasure).state)
    assert results in (["person-erased", "done"], ["erasure-requested", "done"])
    assert len(recorded(runtime, "person.erased")) == 1
    assert recorded(runtime, "person.merged") == []

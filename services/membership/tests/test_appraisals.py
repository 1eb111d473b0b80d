"""Democratic appraisal: the roll, the limit that holds also in a race, closing, and the pages."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from membership.app import create_app
from membership.appraisals.commands import close_appraisal, grade_members, open_appraisal
from membership.appraisals.models import Appraisal, AppraisalGrade
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from shared.database import violated
from shared.principal import Grant
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, form_fields, sign_in

HELD = date(2026, 11, 20)


@pytest.fixture
def people(register: Callable[..., Person], join: Callable[..., Membership], branch: Organisation) -> list[Person]:
    """Six full members and a probationary one."""
    found = [register(f"林{name}") for name in "一二三四五六七"]
    for number, person in enumerate(found):
        join(person, branch, "member" if number < 6 else "probationary-member", date(2024, 1, 1))
    return found


@pytest.fixture
def appraisal(runtime: Runtime, centre: Centre, branch: Organisation, people: list[Person]) -> Appraisal:
    with runtime.unit_of_work() as work:
        return open_appraisal(work, organisation_id=branch.id, year=2026, held_on=HELD, centre=centre)


def test_the_roll_is_that_of_the_day_and_a_year_comes_once(
    runtime: Runtime, centre: Centre, branch: Organisation, appraisal: Appraisal
) -> None:
    assert (appraisal.full_members, appraisal.excellent, appraisal.most_excellent) == (6, 0, 2)
    assert sorted(one.role for one in appraisal.grades) == ["member"] * 6 + ["probationary-member"]
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        open_appraisal(work, organisation_id=branch.id, year=2026, held_on=HELD, centre=centre)
    assert caught.value.code == "appraised-already"


def test_who_is_excellent_changes_hands_within_the_limit(
    runtime: Runtime, centre: Centre, appraisal: Appraisal, people: list[Person]
) -> None:
    first = {one.id: "excellent" for one in people[:2]} | {one.id: "qualified" for one in people[2:6]}
    with runtime.unit_of_work() as work:
        assert grade_members(work, appraisal.id, first, version=1).excellent == 2
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        grade_members(work, appraisal.id, {people[2].id: "excellent"}, version=2)
    assert caught.value.code == "too-many-excellent"
    with runtime.unit_of_work() as work:
        swapped = {people[5].id: "excellent", people[0].id: "qualified"}
        assert grade_members(work, appraisal.id, swapped, version=2).excellent == 2
    with runtime.unit_of_work() as work:
        assert close_appraisal(work, appraisal.id, version=3, centre=centre).closed_on == date(2026, 11, 23)
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        grade_members(work, appraisal.id, {people[0].id: "absent"}, version=4)
    assert caught.value.code == "appraisal-closed"
    with pytest.raises(IntegrityError) as broken, runtime.database.writing() as session:
        session.execute(text("UPDATE appraisal_grades SET grade = 'absent' WHERE role = 'member'"))
    assert violated(broken.value) == "closed_appraisal"


def test_the_database_refuses_one_excellent_too_many_in_a_race(
    runtime: Runtime, appraisal: Appraisal, people: list[Person]
) -> None:
    """Statements past the commands, each in a transaction of its own that has not seen the others."""

    def make(person_id: UUID) -> Callable[[], str]:
        def run() -> str:
            try:
                with runtime.database.writing() as session:
                    one = update(AppraisalGrade).where(AppraisalGrade.person_id == person_id)
                    session.execute(one.values(grade="excellent"))
            except IntegrityError as error:
                return violated(error) or ""
            return "excellent"

        return run

    outcomes = at_once(*(make(one.id) for one in people[:5]))
    assert sorted(outcomes) == ["ck_appraisals_excellent"] * 3 + ["excellent"] * 2
    probationary = update(AppraisalGrade).where(AppraisalGrade.person_id == people[6].id).values(grade="qualified")
    with pytest.raises(IntegrityError) as caught, runtime.database.writing() as session:
        session.execute(probationary)
    assert violated(caught.value) == "ck_appraisal_grades_probationary"


def test_an_appraisal_by_forms(runtime: Runtime, branch: Organisation, people: list[Person]) -> None:
    app = create_app(runtime)
    add_staff(runtime, "party", Grant("officer", "party"), language="zh-Hans")
    browser = app.test_client()
    sign_in(browser, "party")

    def send(url: str, **fields: object) -> object:
        return browser.post(url, data={**form_fields(browser, url), **fields})

    opened = send("/appraisals/new", organisation_id=str(branch.id), held_on="2026-11-20")
    assert opened.status_code == 303, opened.text
    address = opened.location.removesuffix("/grades")
    assert send(f"{address}/close").status_code == 422
    everybody = {f"grade_{one.id.hex}": "excellent" for one in people[:6]}
    refused = send(f"{address}/grades", **everybody)
    assert refused.status_code == 422
    assert "6" in refused.text
    graded = {**dict.fromkeys(everybody, "qualified"), f"grade_{people[0].id.hex}": "excellent"}
    assert send(f"{address}/grades", **graded).status_code == 303
    assert send(f"{address}/close").status_code == 303
    shown = browser.get(address)
    assert people[6].name in shown.text
    assert browser.get("/appraisals/?year=2026").status_code == 200

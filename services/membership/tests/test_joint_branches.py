"""Small branches and enterprises that share one branch: who may, what moves, and what the office sees."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from membership.app import create_app
from membership.dashboard.waiting import COMMITTEE, SMALL, branch_work
from membership.development.commands import PaperData, open_file
from membership.development.queries import get_file
from membership.joint_branches.commands import join_branch, leave_branch
from membership.joint_branches.models import JoinedUnit
from membership.joint_branches.rules import Side, joining_reasons
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from shared.principal import Grant
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, form_fields, sign_in

TODAY = date(2026, 11, 23)
SMALL_ONE = Side("party-branch", True, 2, False, False)
LARGE_ONE = Side("party-branch", True, 5, False, False)
MAY = ("party-branch", "enterprise")


@pytest.mark.parametrize(
    ("unit", "branch", "codes"),
    [
        (SMALL_ONE, LARGE_ONE, []),
        (Side("enterprise", True, None, False, False), LARGE_ONE, []),
        (LARGE_ONE, LARGE_ONE, ["large-enough"]),
        (Side("union", True, None, False, False), LARGE_ONE, ["not-a-unit"]),
        (SMALL_ONE, Side("party-branch", False, 5, False, False), ["not-a-branch"]),
        (Side("party-branch", True, 2, True, False), LARGE_ONE, ["joined-already"]),
        (Side("party-branch", True, 2, False, True), LARGE_ONE, ["is-joint"]),
        (SMALL_ONE, Side("party-branch", True, 5, True, False), ["branch-joined"]),
    ],
)
def test_who_may_share_a_branch(unit: Side, branch: Side, codes: list[str]) -> None:
    assert [one.code for one in joining_reasons(unit, branch, MAY, 3, TODAY, TODAY)] == codes


@pytest.fixture
def small(runtime: Runtime, found: Callable[..., Organisation], branch: Organisation) -> Organisation:
    with runtime.reading() as session:
        committee = session.get_one(Organisation, branch.parent_id)
    return found("P-2", "party-branch", committee)


@pytest.fixture
def people(
    register: Callable[..., Person], join: Callable[..., Membership], branch: Organisation, small: Organisation
) -> list[Person]:
    made = [register(f"周{name}", phone=f"1380013800{number}") for number, name in enumerate("一二三四五六七八九")]
    for person in made[:7]:
        join(person, branch, start_on=date(2020, 1, 1))
    join(made[7], small, start_on=date(2020, 1, 1))
    join(made[7], small, "secretary", date(2024, 1, 1))
    join(made[8], small, "probationary-member", date(2026, 2, 1))
    return made


def test_members_of_a_small_branch_move_without_a_gap_and_the_dashboard_is_quiet(
    runtime: Runtime,
    centre: Centre,
    branch: Organisation,
    small: Organisation,
    people: list[Person],
    register: Callable[..., Person],
) -> None:
    applicant = register("吴小溪", birth_on=date(1995, 5, 1), phone="13900139000")
    with runtime.unit_of_work() as work:
        paper = PaperData("application-letter", date(2026, 6, 1))
        file = open_file(
            work,
            person_id=applicant.id,
            organisation_id=small.id,
            received_on=date(2026, 6, 1),
            papers=[paper],
            centre=centre,
        )

    def waiting() -> set[tuple[str, str]]:
        with runtime.reading() as session:
            return {(one.kind, one.about) for one in branch_work(session, TODAY, "en")}

    assert waiting() >= {(SMALL, "Organisation P-2"), (COMMITTEE, "Organisation P-1")}

    def join_it() -> str:
        with runtime.unit_of_work() as work:
            join_branch(work, unit_id=small.id, branch_id=branch.id, start_on=TODAY, note="党委批复", centre=centre)
        return "joined"

    assert sorted(at_once(*[join_it] * 3)) == ["joined", "joined-already", "joined-already"]
    assert SMALL not in {kind for kind, _ in waiting()}
    with runtime.reading() as session:
        held = session.scalars(select(Membership).where(Membership.person_id.in_([people[7].id, people[8].id])))
        periods = {(one.organisation_id, one.role, one.start_on, one.end_on) for one in held}
        assert periods == {
            (small.id, "member", date(2020, 1, 1), TODAY),
            (small.id, "secretary", date(2024, 1, 1), TODAY),
            (small.id, "probationary-member", date(2026, 2, 1), TODAY),
            (branch.id, "member", TODAY, None),
            (branch.id, "probationary-member", TODAY, None),
        }
        assert get_file(session, file.id).organisation_id == branch.id
        [joined] = session.scalars(select(JoinedUnit)).all()
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        leave_branch(work, joined.id, TODAY, version=1, centre=centre)
    assert caught.value.code == "day-wrong"


def test_an_enterprise_joins_and_leaves_by_the_pages(
    runtime: Runtime, branch: Organisation, people: list[Person], found: Callable[..., Organisation]
) -> None:
    firm = found("E-1", "enterprise", credit_code="91110000600037341L")
    add_staff(runtime, "party", Grant("officer", "party"), Grant("viewer", "union"), language="en")
    browser = create_app(runtime).test_client()
    sign_in(browser, "party")
    url = f"/joint-branches/new?unit={firm.id}&branch={branch.id}"
    data = {**form_fields(browser, url), "start_on": "2026-11-01", "note": "committee 3/2026"}
    assert browser.post(url, data=data).status_code == 303
    shown = browser.get(f"/branches/{branch.id}").text
    assert "Units of this joint branch" in shown
    assert firm.name_en in shown
    with runtime.reading() as session:
        [joined] = session.scalars(select(JoinedUnit)).all()
    url = f"/joint-branches/{joined.id}/leave"
    assert browser.post(url, data={**form_fields(browser, url), "end_on": "2026-11-20"}).status_code == 303
    assert "Units of this joint branch" not in browser.get(f"/branches/{branch.id}").text
    assert browser.get("/").status_code == 200

"""What the rules of membership are tried with: a runtime, a clerk of each rank, and short ways to make things."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from membership.ballots.rules import Votes
from membership.consents.rules import ConsentData
from membership.development.commands import PaperData, StepData, enter_vote, open_file, record_step
from membership.development.models import DevelopmentFile
from membership.development.pack import pack_on
from membership.development.queries import get_file
from membership.memberships.commands import start_membership
from membership.memberships.models import Membership
from membership.organisations.commands import found_organisation
from membership.organisations.models import Organisation
from membership.organisations.rules import OrganisationData
from membership.people.commands import register_person
from membership.people.models import Person
from membership.people.rules import PersonData
from membership.service import SERVICE
from membership.settings import Centre
from shared.identifiers import new_id
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.service import Service


@pytest.fixture
def service() -> Service:
    return SERVICE


@pytest.fixture
def centre(runtime: Runtime) -> Centre:
    return Centre.of(runtime.settings)


@pytest.fixture
def clerk() -> Callable[..., Principal]:
    """``clerk("officer", "union")``"""
    return lambda role, body="*": Principal(new_id(), f"{role} of {body}", grants=(Grant(role, body),))


@pytest.fixture
def register(runtime: Runtime, centre: Centre) -> Callable[..., Person]:
    """``register("王小明", phone=…)``"""

    def make(name: str, **more: Any) -> Person:
        if more.get("guardian_ids"):
            more.setdefault("consent", ConsentData(date(2026, 11, 1), "C-1"))
        with runtime.unit_of_work() as work:
            return register_person(work, PersonData(name, **more), centre=centre)

    return make


@pytest.fixture
def found(runtime: Runtime) -> Callable[..., Organisation]:
    """``found("P1", "party-branch", parent=committee)``"""

    def make(code: str, kind: str, parent: Organisation | None = None, **more: object) -> Organisation:
        with runtime.unit_of_work() as work:
            data = OrganisationData(code, kind, f"组织{code}", f"Organisation {code}", **more)
            return found_organisation(work, data, parent_id=parent.id if parent else None)

    return make


@pytest.fixture
def branch(found: Callable[..., Organisation]) -> Organisation:
    return found("P-1", "party-branch", found("P", "party-committee"))


@pytest.fixture
def join(runtime: Runtime) -> Callable[..., Membership]:
    """``join(person, branch, start_on=…)``"""

    def make(
        person: Person,
        organisation: Organisation,
        role: str = "member",
        start_on: date = date(2026, 1, 1),
        end_on: date | None = None,
    ) -> Membership:
        with runtime.unit_of_work() as work:
            return start_membership(
                work,
                person_id=person.id,
                organisation_id=organisation.id,
                role=role,
                start_on=start_on,
                end_on=end_on,
            )

    return make


FILE_OPENED = date(2024, 3, 4)


class Way:
    """Leads one file along, with the papers that each step asks for."""

    def __init__(self, runtime: Runtime, centre: Centre, file_id: UUID, members: list[Person]) -> None:
        self.runtime, self.centre, self.file_id, self.members = runtime, centre, file_id, members

    @property
    def file(self) -> DevelopmentFile:
        with self.runtime.reading() as session:
            return get_file(session, self.file_id)

    def papers(self, step: str, on: date) -> list[PaperData]:
        there = {paper.kind for paper in self.file.papers}
        return [PaperData(kind, on) for kind in pack_on(on).steps[step].papers if kind not in there]

    def take(self, step: str, on: date, **more: object) -> DevelopmentFile:
        with self.runtime.unit_of_work() as work:
            version = get_file(work.session, self.file_id).version
            return record_step(
                work,
                self.file_id,
                StepData(step, on, **more),
                papers=self.papers(step, on),
                version=version,
                centre=self.centre,
            )

    def vote(self, on: date, in_favour: int, against: int = 0, present: int | None = None) -> DevelopmentFile:
        there = [one.id for one in self.members[: len(self.members) if present is None else present]]
        with self.runtime.unit_of_work() as work:
            return enter_vote(
                work,
                self.file_id,
                held_on=on,
                present=there,
                votes=Votes(in_favour, against, len(there) - in_favour - against),
                papers=[PaperData("admission-form", on)],
                version=get_file(work.session, self.file_id).version,
                centre=self.centre,
            )

    def to_activist(self, on: date) -> None:
        for step in ("talk", "activist-recommended", "activist-decided", "activist-filed"):
            self.take(step, on)
        self.take("contacts-named", on, people=(self.members[0].id,))

    def to_target(self, on: date) -> date:
        """From an activist of ``on`` to the target; the day on which publicity closed."""
        for months in (1, 2):
            self.take("review", on + timedelta(days=182 * months))
        day = on + timedelta(days=366)
        for step in ("opinions-heard", "target-decided", "target-agreed", "publicity-opened"):
            self.take(step, day)
        day += timedelta(days=14)
        self.take("publicity-closed", day)
        return day

    def to_meeting(self, day: date) -> None:
        self.take("introducers-named", day, people=tuple(one.id for one in self.members[:2]))
        self.take("political-review", day)
        self.take("training", day, days=3)
        self.take("pre-review", day)


@pytest.fixture
def members(register: Callable[..., Person], branch: Organisation, join: Callable[..., Membership]) -> list[Person]:
    people = [register(f"党员{number}", phone=f"1380013800{number}") for number in range(5)]
    for person in people:
        join(person, branch, start_on=date(2020, 1, 1))
    return people


@pytest.fixture
def applicant(register: Callable[..., Person]) -> Person:
    return register("林小溪", birth_on=date(1995, 5, 1), phone="13900139000")


@pytest.fixture
def way(runtime: Runtime, centre: Centre, applicant: Person, branch: Organisation, members: list[Person]) -> Way:
    with runtime.unit_of_work() as work:
        file = open_file(
            work,
            person_id=applicant.id,
            organisation_id=branch.id,
            received_on=FILE_OPENED,
            papers=[PaperData("application-letter", FILE_OPENED)],
            centre=centre,
        )
    return Way(runtime, centre, file.id, members)

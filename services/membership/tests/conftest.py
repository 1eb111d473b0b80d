"""What the rules of membership are tried with: a runtime, a clerk of each rank, and short ways to make things."""

from collections.abc import Callable
from datetime import date

import pytest

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

    def make(name: str, **more: object) -> Person:
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

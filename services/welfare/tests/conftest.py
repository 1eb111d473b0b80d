"""A welfare service with people in it, and staff of the four bodies."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from shared.database import UnitOfWork
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.sample import sample_id
from shared.service import Service
from welfare.campaigns.commands import open_campaign, plan_campaign
from welfare.campaigns.models import Campaign
from welfare.funds.commands import create_fund
from welfare.funds.models import Fund
from welfare.lookups import keep_household, keep_person
from welfare.relief.commands import submit_application
from welfare.relief.decisions import approve_application, record_visit
from welfare.relief.models import ReliefApplication
from welfare.service import SERVICE

TODAY = date(2026, 11, 23)


@pytest.fixture
def service() -> Service:
    return SERVICE


def staff(name: str, *grants: tuple[str, str], person: object = None) -> Principal:
    return Principal(
        id=sample_id("account", name),
        name=name,
        person_id=sample_id("person", person) if person is not None else None,
        grants=tuple(Grant(role, body) for role, body in grants),
    )


@dataclass(frozen=True)
class Centre:
    """The runtime with a few people, and shorthands for acting in somebody's name."""

    runtime: Runtime

    drafter = staff("drafter", ("officer", "*"))
    visitor = staff("visitor", ("officer", "*"))
    approver = staff("approver", ("manager", "*"))
    payer = staff("payer", ("officer", "*"))
    admin = staff("admin", ("admin", "*"))
    union = staff("union", ("manager", "union"))
    women = staff("women", ("manager", "women"))
    viewer = staff("viewer", ("viewer", "union"))
    today = TODAY

    @property
    def keys(self) -> Any:
        return self.runtime.settings.data_keys

    def work(self, actor: Principal | None = None) -> AbstractContextManager[UnitOfWork]:
        return self.runtime.unit_of_work(actor=actor or self.drafter)

    def person(self, number: int) -> UUID:
        return sample_id("person", number)

    def staff(self, name: str, *grants: tuple[str, str], person: object = None) -> Principal:
        return staff(name, *grants, person=person)

    def fund(self, budget: str = "12000.00", body: str = "*", code: str = "relief") -> Fund:
        with self.work(self.admin) as work:
            return create_fund(
                work, code=code, name_zh="爱心救助金", name_en="Relief", body=body, budget=Decimal(budget), day=TODAY
            )

    def campaign(
        self, *, body: str = "union", opened: bool = True, actor: Principal | None = None, **more: Any
    ) -> Campaign:
        days = {"starts_on": date(2026, 11, 1), "ends_on": date(2027, 2, 28), **more}
        with self.work(actor) as work:
            made = plan_campaign(work, body=body, name_zh="冬送温暖", name_en="Winter warmth", today=TODAY, **days)
        if opened:
            with self.work(self.approver) as work:
                made = open_campaign(work, made.id, today=TODAY)
        return made

    def application(
        self,
        fund: Fund,
        *,
        person: int = 1,
        body: str = "union",
        amount: str = "2000.00",
        visited: bool = True,
        approved: bool = False,
        drafter: Principal | None = None,
        **more: Any,
    ) -> ReliefApplication:
        with self.work(drafter) as work:
            made = submit_application(
                work,
                self.keys,
                body=body,
                person_id=self.person(person),
                fund_id=fund.id,
                amount_asked=Decimal(amount),
                occasion="illness",
                today=TODAY,
                **more,
            )
        if visited or approved:
            with self.work(self.visitor) as work:
                made = record_visit(work, self.keys, made.id, visited_on=TODAY, today=TODAY, finding="SECRET-FINDING")
        if approved:
            with self.work(self.approver) as work:
                made = approve_application(work, made.id, today=TODAY)
        return made


@pytest.fixture
def centre(runtime: Runtime) -> Centre:
    with runtime.unit_of_work() as work:
        for number in range(1, 21):
            keep_person(work, sample_id("person", number), f"Person {number}", True)
        keep_household(work, sample_id("household", 1), [sample_id("person", n) for n in (1, 2)])
    return Centre(runtime)


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def migrate_again(runtime: Runtime) -> Callable[[str], None]:
    """Take a revision back and apply it again, with whatever the database holds by then."""

    def run(revision: str) -> None:
        module = import_module(f"welfare.migrations.versions.{revision}")
        for step in (module.downgrade, module.upgrade):
            with (
                runtime.database.engine.begin() as connection,
                Operations.context(MigrationContext.configure(connection)),
            ):
                step()

    return run


@pytest.fixture
def when() -> Callable[..., datetime]:
    """Moments in November 2026; the clock of the tests stands at 01:00 UTC on the 23rd."""
    return at

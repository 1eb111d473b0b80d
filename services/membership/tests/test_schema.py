"""The migrated schema and the models agree, and the database holds the promises by itself."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.service import SERVICE
from shared.database import violated
from shared.database.migrate import differences
from shared.runtime import Runtime


def test_models_and_migrations_agree(runtime: Runtime) -> None:
    assert differences(SERVICE, runtime.database) == []


@pytest.fixture
def held(register: Callable[..., Person], branch: Organisation, join: Callable[..., object]) -> Person:
    person = register("王小明", phone="13800138000")
    join(person, branch)
    return person


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE memberships SET role = 'secretary'",
        "UPDATE memberships SET start_on = '2026-02-01'",
        "UPDATE memberships SET body = 'union'",
    ],
)
def test_no_statement_changes_a_membership_in_place(runtime: Runtime, held: Person, change: str) -> None:
    with pytest.raises(IntegrityError) as caught, runtime.database.writing() as session:
        session.execute(text(change))
    assert violated(caught.value) == "fixed_membership"


def test_no_statement_turns_an_organisation_into_another_kind(runtime: Runtime, branch: Organisation) -> None:
    with pytest.raises(IntegrityError) as caught, runtime.database.writing() as session:
        session.execute(text("UPDATE organisations SET kind = 'union', body = 'union'"))
    assert violated(caught.value) == "fixed_organisation"


@pytest.mark.parametrize(
    ("start_on", "end_on", "allowed"),
    [
        ("2025-01-01", "2026-01-01", True),
        ("2025-01-01", "2026-01-02", False),
        ("2026-06-01", None, False),
        ("2025-01-01", None, False),
    ],
)
def test_no_statement_adds_an_overlapping_membership(
    runtime: Runtime, held: Person, start_on: str, end_on: str | None, allowed: bool
) -> None:
    insert = text(
        "INSERT INTO memberships (id, person_id, organisation_id, body, role, start_on, end_on, version, created_at) "
        "SELECT :id, person_id, organisation_id, body, role, :start_on, :end_on, 1, created_at FROM memberships"
    )
    postgres = runtime.database.dialect == "postgresql"
    if postgres:
        insert = text(
            str(insert)
            .replace(":start_on", "CAST(:start_on AS date)")
            .replace(":end_on", "CAST(:end_on AS date)")
            .replace(":id", "CAST(:id AS uuid)")
        )
    values = {"id": uuid.uuid4().hex, "start_on": start_on, "end_on": end_on}
    if allowed:
        with runtime.database.writing() as session:
            session.execute(insert, values)
        return
    with pytest.raises(IntegrityError) as caught, runtime.database.writing() as session:
        session.execute(insert, values)
    assert violated(caught.value) == "ex_memberships_overlap"

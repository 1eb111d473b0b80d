"""Conditions of rules: what holds, and what cannot be compared."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from notifications.rules.conditions import Condition, check_conditions, read_condition
from notifications.rules.events import fields_of
from notifications.service import SERVICE
from shared.refusal import Reason

ID = UUID(int=7)
DATA = {
    "was": "confirmed",
    "waiting_number": 3,
    "starts_at": datetime(2026, 11, 24, 8, tzinfo=UTC),
    "start_on": date(2026, 11, 24),
    "confidential": False,
    "organisation_id": ID,
    "reason": None,
}
KINDS = {
    "was": "text", "waiting_number": "number", "starts_at": "moment", "start_on": "day", "confidential": "flag",
    "organisation_id": "id", "reason": "text",
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "comparison", "written", "holds"),
    [
        ("was", "is", "confirmed", True),
        ("was", "is-not", "confirmed", False),
        ("was", "one-of", "waitlisted，confirmed", True),
        ("waiting_number", "at-most", "2", False),
        ("waiting_number", "at-least", "3", True),
        ("starts_at", "at-least", "2026-11-24T16:00:00+08:00", True),
        ("start_on", "at-most", "2026-11-23", False),
        ("confidential", "is", "no", True),
        ("organisation_id", "is", str(ID), True),
        ("reason", "is", "own", False),
        ("reason", "is-not", "own", True),
        ("reason", "not-given", "", True),
        ("was", "given", "", True),
    ],
)
def test_a_condition_compares_in_the_type_of_its_field(field: str, comparison: str, written: str, holds: bool) -> None:
    read = read_condition(field, comparison, written, KINDS)
    assert isinstance(read, Condition)
    assert read.holds(DATA) is holds
    assert Condition.of(read.entry()).holds(DATA) is holds
    assert check_conditions([read], KINDS) == []


@pytest.mark.parametrize(
    ("field", "comparison", "written", "code"),
    [
        ("secret", "is", "x", "field-unknown"),
        ("was", "at-least", "x", "comparison"),
        ("was", "matches", "x", "comparison"),
        ("waiting_number", "is", "three", "value"),
        ("starts_at", "at-least", "2026-11-24T16:00:00", "value"),
        ("start_on", "is", "morgen", "value"),
        ("confidential", "is", "maybe", "value"),
        ("was", "is", "", "value"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_its_reason(
    field: str, comparison: str, written: str, code: str
) -> None:
    read = read_condition(field, comparison, written, KINDS)
    assert isinstance(read, Reason)
    assert (read.code, read.field) == (code, "conditions")


@pytest.mark.parametrize("value", [{"a": 1}, [], None, 3.5, ["x", {}]])
def test_what_programs_give_is_checked_as_well(value: Any) -> None:
    assert check_conditions([Condition("organisation_id", "is", value)], KINDS)


def test_the_fields_are_those_that_this_service_asks_for_in_its_contract() -> None:
    assert fields_of(SERVICE, "activities.registration.waitlisted")["waiting_number"] == "number"
    assert "person_ids" not in fields_of(SERVICE, "welfare.dispute.opened")
    assert fields_of(SERVICE, "welfare.dispute.invented") == {}

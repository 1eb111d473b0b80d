"""What falls due moves with the working-day calendar, and a refused ballot tells by which rules."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from membership.development.terms import keep_working_day_terms
from membership.development.timers import announce_what_is_due
from membership.workdays.editing import EDITED
from shared.principal import Principal
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.workdays.commands import declare_official, forget_day, set_day

START = date(2024, 3, 4)


def test_a_changed_calendar_moves_what_waits_for_working_days(
    runtime: Runtime, way: Any, clerk: Callable[..., Principal]
) -> None:
    since = date(2025, 10, 1)
    way.to_activist(since)
    for months in (1, 2):
        way.take("review", since + timedelta(days=182 * months))
    monday = date(2026, 11, 16)
    for step in ("opinions-heard", "target-decided", "target-agreed", "publicity-opened"):
        way.take(step, monday)

    def ends() -> list[date]:
        return [one.due_on for one in way.file.deadlines if one.kind == "publicity-ending"]

    assert ends() == [date(2026, 11, 24)]
    announce_what_is_due(runtime)
    with runtime.unit_of_work(actor=clerk("manager")) as work:
        set_day(work, EDITED, date(2026, 11, 18), False, "centre closed")
    assert ends() == [date(2026, 11, 25)]
    kept = {one.kind: one.id for one in way.file.deadlines}
    with runtime.unit_of_work(actor=clerk("manager")) as work:
        keep_working_day_terms(work)
        declare_official(work, EDITED, 2027)
    assert {one.kind: one.id for one in way.file.deadlines} == kept
    with runtime.unit_of_work(actor=clerk("manager")) as work:
        forget_day(work, EDITED, date(2026, 11, 18))
    assert ends() == [date(2026, 11, 24)]


def test_a_refused_ballot_names_every_broken_rule_with_what_the_pack_says(way: Any) -> None:
    way.to_activist(START)
    closed = way.to_target(START)
    with pytest.raises(Refused) as caught:
        way.vote(closed, in_favour=2, present=2)
    reasons = {one.code: one.facts for one in caught.value.reasons}
    assert reasons.keys() == {"no-quorum", "step-missing"}
    assert (reasons["no-quorum"]["article"], reasons["no-quorum"]["rule_pack"], reasons["no-quorum"]["least"]) == (
        "19",
        "2014",
        3,
    )
    assert reasons["no-quorum"].keys() >= {"earliest", "missing"}

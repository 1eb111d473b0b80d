"""What organisations were called and where they stood on any day."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from membership.app import create_app
from membership.organisations.commands import change_organisation, close_organisation, found_organisation
from membership.organisations.models import Organisation
from membership.organisations.queries import then
from membership.organisations.rules import OrganisationData
from shared.database import violated
from shared.principal import Grant
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.web import add_staff, bearer, form_fields, sign_in

TODAY = date(2026, 11, 23)
FIRST = date(2020, 1, 1)
_CHANGES = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["rename", "move", "close"]), st.integers(0, 2)), max_size=8
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(changes=_CHANGES, founded=st.booleans())
def test_as_of_any_day_is_what_replaying_the_history_gives(
    runtime: Runtime, changes: list[tuple[int, str, int]], founded: bool
) -> None:
    stem = uuid4().hex[:8].upper()
    with runtime.unit_of_work() as work:
        above = [
            found_organisation(work, OrganisationData(f"{stem}-{n}", "party-committee", f"党委{n}", f"Committee {n}"))
            for n in range(3)
        ]
        data = OrganisationData(stem, "party-branch", "支部", "Branch")
        since = FIRST if founded else None
        branch = found_organisation(work, data, parent_id=above[0].id, founded_on=since, today=TODAY)
    day, state = FIRST, ("支部", above[0].id)
    replay: list[tuple[date, tuple[str, UUID] | None]] = [(since or date.min, state)]
    version = 1
    for pause, change, which in changes:
        day += timedelta(days=pause)
        with runtime.unit_of_work() as work:
            if change == "close":
                close_organisation(work, branch.id, version=version, today=day)
                replay.append((day, None))
                break
            new = {"name_zh": f"支部{which}"} if change == "rename" else {"parent_id": above[which].id}
            version = change_organisation(work, branch.id, new, version=version, today=TODAY, since=day).version
        state = (new.get("name_zh", state[0]), new.get("parent_id", state[1]))
        replay.append((day, state))
    with runtime.reading() as session:
        for that_day in {
            FIRST - timedelta(days=1),
            *(one + timedelta(days=n) for one, _ in replay[1:] for n in (-1, 0, 1)),
        }:
            expected = [known for since, known in replay if since <= that_day]
            shown = [(one.name_zh, one.parent_id) for one in then(session, that_day) if one.id == branch.id]
            assert shown == [known for known in expected[-1:] if known is not None]


def test_no_statement_gives_an_organisation_two_names_at_a_time(runtime: Runtime, branch: Organisation) -> None:
    double = text(
        "INSERT INTO organisation_periods (id, organisation_id, kind, name_zh, name_en, start_on) "
        "SELECT parent_id, organisation_id, kind, name_zh, name_en, '2026-01-01' FROM organisation_periods "
        "WHERE parent_id IS NOT NULL"
    )
    with pytest.raises(IntegrityError) as caught, runtime.database.writing() as session:
        session.execute(double)
    assert violated(caught.value) == "ex_organisation_periods_overlap"


def test_a_change_is_entered_neither_ahead_nor_before_the_last_one(runtime: Runtime, branch: Organisation) -> None:
    with runtime.unit_of_work() as work:
        change_organisation(work, branch.id, {"name_zh": "新名"}, version=1, today=TODAY, since=date(2026, 6, 1))
    for since, code in ((date(2026, 11, 24), "day-ahead"), (date(2026, 5, 31), "before-last-change")):
        with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
            change_organisation(work, branch.id, {"name_zh": "再改"}, version=2, today=TODAY, since=since)
        assert (caught.value.code, caught.value.reasons[0].field) == (code, "since")


def test_nothing_stands_under_what_was_not_there_yet(runtime: Runtime) -> None:
    with runtime.unit_of_work() as work:
        data = OrganisationData("NEW", "party-committee", "新党委", "New committee")
        young = found_organisation(work, data, founded_on=date(2026, 3, 1), today=TODAY)
    data = OrganisationData("NEW-1", "party-branch", "新支部", "New branch")
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        found_organisation(work, data, parent_id=young.id, founded_on=date(2026, 2, 28), today=TODAY)
    assert caught.value.code == "parent-younger"


def test_the_trees_of_a_day_by_page_and_by_api(
    runtime: Runtime, branch: Organisation, found: Callable[..., Organisation]
) -> None:
    app = create_app(runtime)
    add_staff(runtime, "li", Grant("officer", "party"), language="zh-Hans")
    browser = app.test_client()
    sign_in(browser, "li")
    address = f"/organisations/{branch.id}"
    sent = {**form_fields(browser, f"{address}/edit"), "name_zh": "先锋党支部", "since": "2026-10-01"}
    assert browser.post(f"{address}/edit", data=sent).status_code == 303
    assert "先锋党支部" in browser.get("/organisations/?as_of=2026-10-01").text
    before = browser.get("/organisations/?as_of=2026-09-30").text
    assert "先锋党支部" not in before
    assert "组织P-1" in before
    assert "组织P-1" in browser.get(address).text
    reader = bearer(runtime, Grant("viewer", "*"))
    old = app.test_client().get("/api/v1/organisations/trees/2026-09-30", headers=reader).json
    assert [(one["code"], one["name_zh"], one["depth"]) for one in old] == [("P", "组织P", 0), ("P-1", "组织P-1", 1)]
    kept = app.test_client().get(f"/api/v1/organisations/{branch.id}/periods", headers=reader).json
    assert [(one["name_zh"], one["start_on"], one["end_on"]) for one in kept] == [
        ("先锋党支部", "2026-10-01", None),
        ("组织P-1", None, "2026-10-01"),
    ]
    assert app.test_client().get("/api/v1/organisations/trees/2026-13-01", headers=reader).status_code == 404

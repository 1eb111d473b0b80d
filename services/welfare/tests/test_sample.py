"""The sample centre's welfare part says what the published report says, and sends nothing of the past."""

from datetime import date

import pytest
from sqlalchemy import func, select

from shared.database.tables import OutboxRow
from shared.principal import Grant
from shared.runtime import Runtime
from shared.sample import CHILDREN, HOUSEHOLDS, guardians_of, sample_id
from shared.testing.delivery import recorded
from shared.testing.web import bearer
from welfare import sample
from welfare.app import create_app
from welfare.lookups import keep_household, keep_person


@pytest.fixture
def loaded(runtime: Runtime) -> Runtime:
    with runtime.unit_of_work() as work:
        for number in range(1, 301):
            keep_person(work, sample_id("person", number), f"Person {number}", True)
        for household in HOUSEHOLDS:
            child = CHILDREN[household - 1]
            members = [*guardians_of(child), child]
            keep_household(work, sample_id("household", household), [sample_id("person", n) for n in members])
    sample.load(runtime)
    return runtime


def report(runtime: Runtime, headers: dict[str, str]) -> dict:
    client = create_app(runtime).test_client()
    first = date(runtime.clock().year - 1, 12, 1)
    answer = client.get(f"/api/v1/reports/period?from={first}&to={runtime.clock().date()}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_the_report_says_what_the_centre_published(loaded: Runtime) -> None:
    found = report(loaded, bearer(loaded, Grant("manager", "*")))
    totals = found["totals"]
    assert totals["talks_received"] >= 60
    assert (totals["disputes_settled"], totals["families_helped"], totals["amount_paid"]) == (9, 6, "12000.00")
    assert len(found["bodies"]) == 4
    assert all(row["talks_received"] >= 15 for row in found["bodies"])


def test_the_union_had_a_summer_campaign_and_has_a_winter_one(loaded: Runtime) -> None:
    headers = {**bearer(loaded, Grant("viewer", "union")), "Accept-Language": "en"}
    client = create_app(loaded).test_client()
    winter, summer = client.get("/api/v1/campaigns", headers=headers).json["items"]
    assert (summer["name_zh"], summer["state"]) == ("夏送清凉", "closed")
    assert (summer["families_helped"], summer["amount_paid"]) == (1, "2000.00")
    assert (winter["name_zh"], winter["state"], winter["cases_waiting"]) == ("冬送温暖", "open", 1)


def test_loading_twice_changes_nothing(loaded: Runtime) -> None:
    with loaded.reading() as session:
        before = session.scalar(select(func.count()).select_from(OutboxRow))
    sample.load(loaded)
    with loaded.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutboxRow)) == before


def test_what_lies_in_the_past_is_told_as_old(loaded: Runtime) -> None:
    now = loaded.clock()
    for event in recorded(loaded):
        if event.type.endswith("talk.place-requested.v1"):
            assert event.data["starts_at"] > now.isoformat()
        else:
            assert (now - event.time).days >= 10, event.type


def test_without_membership_the_loader_says_so(runtime: Runtime) -> None:
    with pytest.raises(RuntimeError, match="membership"):
        sample._wait_for_people(runtime, patience=0, pause=lambda _seconds: None)

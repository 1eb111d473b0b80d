"""What becomes of events that come once, twice, late, early or malformed; fed with the examples of the contracts."""

import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from period_report.figures import report
from period_report.following import Outcome, take
from period_report.periods import Period, parse
from period_report.projection import CHANGES, NOUNS
from period_report.state import State
from period_report.table import as_table

HERE = Path(__file__).resolve().parents[1]
CONTRACTS = HERE.parents[1] / "contracts"
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
Say = Callable[..., Outcome]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = State(tmp_path / "state.db")
    yield opened
    opened.close()


def example(publisher: str, name: str) -> dict[str, Any]:
    path = CONTRACTS / publisher / "events" / "examples" / f"{name}.v1.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def event(publisher: str, name: str, version: int, **changes: Any) -> dict[str, Any]:
    """An event with the data of its example; ``data`` changes some of it."""
    data = {**example(publisher, name), **changes.pop("data", {})}
    noun = name.partition(".")[0]
    ids = {"activity": "activity_id", "attendance": "registration_id"}
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"/services/{publisher}",
        "type": f"org.yizhan.{publisher}.{name}.v1",
        "subject": f"{noun}/{data[ids.get(noun, f'{noun}_id')]}",
        "subjectversion": version,
        "time": "2026-11-23T01:00:00Z",
        "data": data,
        **changes,
    }


@pytest.fixture
def say(state: State) -> Say:
    """Hand an event over; what became of it."""

    def hand_over(said: dict[str, Any]) -> Outcome:
        return take(state, json.dumps(said).encode(), said["source"].removeprefix("/services/"))

    return hand_over


def totals(state: State, period: Period = YEAR) -> Any:
    return report(state.db, period).totals


def test_what_we_read_is_what_we_say_that_we_need() -> None:
    for publisher in NOUNS:
        path = CONTRACTS / "period-report" / "needs" / f"{publisher}.json"
        needed = json.loads(path.read_text(encoding="utf-8"))
        assert set(needed["events"]) == {f"{name}.v1" for owner, name in CHANGES if owner == publisher}
        assert {need["queue"] for need in needed["events"].values()} == {f"period-report.{publisher}-events"}


def test_every_noun_that_we_follow_has_snapshots() -> None:
    for publisher, nouns in NOUNS.items():
        assert {(publisher, f"{noun}.snapshot") for noun in nouns} <= set(CHANGES)


@pytest.mark.parametrize(("publisher", "name"), sorted(CHANGES))
def test_the_example_of_every_event_is_applied(say: Say, publisher: str, name: str) -> None:
    said = event(publisher, name, 1)
    assert say(said) == Outcome.APPLIED
    assert say(said) == Outcome.REPEATED
    later = event(publisher, name, 1)
    assert say(later) == (Outcome.APPLIED if name.endswith(".snapshot") else Outcome.LATE)


def test_a_life_of_events_and_its_snapshot_come_to_the_same(say: Say, state: State, tmp_path: Path) -> None:
    life = ("relief.submitted", "relief.visited", "relief.decided", "relief.paid", "relief.reversed")
    for version, name in enumerate(life, start=1):
        assert say(event("welfare", name, version)) == Outcome.APPLIED
    other = State(tmp_path / "other.db")
    after = {"state": "reversed", "reversed_on": example("welfare", "relief.reversed")["reversed_on"]}
    told = event("welfare", "relief.snapshot", 5, data=after)
    assert take(other, json.dumps(told).encode(), "welfare") == Outcome.APPLIED
    rows = "SELECT * FROM money ORDER BY fen", "SELECT * FROM visits ORDER BY visited_on"
    assert [list(state.db.execute(query)) for query in rows] == [list(other.db.execute(query)) for query in rows]
    other.close()


def test_money_is_exact_and_a_reversal_counts_on_its_own_day(say: Say, state: State) -> None:
    for number in range(3):
        relief = {"relief_id": str(uuid.uuid4()), "amount": "0.10", "paid_on": "2026-11-30", "body": "women"}
        say(event("welfare", "relief.paid", 1, data=relief))
        if number == 2:
            say(event("welfare", "relief.reversed", 2, data={**relief, "amount": "-0.10", "reversed_on": "2026-12-01"}))
    november, december = (totals(state, parse(month)) for month in ("2026-11", "2026-12"))
    assert (november.amount_paid, december.amount_paid) == (Decimal("0.30"), Decimal("-0.10"))
    assert (november.families_helped, december.families_helped) == (1, 0)


def test_a_talk_belongs_to_the_day_of_the_centre(say: Say, state: State) -> None:
    for moment in ("2026-10-31T15:59:59Z", "2026-10-31T16:00:00+00:00"):
        say(event("welfare", "talk.held", 1, data={"talk_id": str(uuid.uuid4()), "starts_at": moment}))
    assert [totals(state, parse(month)).talks_received for month in ("2026-10", "2026-11")] == [1, 1]


def test_an_event_that_comes_too_early_waits_for_a_snapshot_and_the_stale_one_does_not_do(
    say: Say, state: State
) -> None:
    opened, settled = (
        event("welfare", name, version) for name, version in (("dispute.opened", 1), ("dispute.settled", 3))
    )
    assert say(opened) == Outcome.APPLIED
    assert say(settled) == Outcome.EARLY
    assert totals(state).disputes_settled == 0
    assert state.gaps("welfare", grace=0, again=60) == [opened["subject"]]
    assert state.gaps("welfare", grace=60, again=60) == []
    assert say(event("welfare", "dispute.snapshot", 2, data={"state": "open"})) == Outcome.APPLIED
    assert report(state.db, YEAR).missing == 1
    assert say(event("welfare", "dispute.snapshot", 3)) == Outcome.APPLIED
    assert (report(state.db, YEAR).missing, totals(state).disputes_settled) == (0, 1)
    assert say(event("welfare", "dispute.snapshot", 2, data={"state": "open"})) == Outcome.LATE
    assert totals(state).disputes_settled == 1


def test_what_is_none_of_our_business_is_passed_over(say: Say, state: State) -> None:
    assert say(event("welfare", "campaign.opened", 1)) == Outcome.NOT_NEEDED
    twin = event("welfare", "talk.held", 1, type="org.yizhan.welfare.talk.held.v2")
    assert say(twin) == Outcome.NOT_NEEDED
    assert say(event("welfare", "talk.held", 1)) == Outcome.APPLIED
    assert say(event("welfare", "talk.cancelled", 2)) == Outcome.APPLIED
    assert totals(state).talks_received == 1


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"[]",
        b"{ not json",
        json.dumps(event("activities", "activity.published", 1)).encode(),
        json.dumps({**event("welfare", "talk.held", 1), "subjectversion": "many"}).encode(),
    ],
)
def test_what_is_no_event_is_put_aside(state: State, broken: bytes) -> None:
    assert take(state, broken, "welfare") == Outcome.PUT_ASIDE
    assert report(state.db, YEAR).put_aside == 1


def test_data_that_breaks_its_promise_is_put_aside_and_healed_by_a_snapshot(say: Say, state: State) -> None:
    assert say(event("welfare", "relief.paid", 1, data={"amount": "two thousand"})) == Outcome.PUT_ASIDE
    assert (totals(state).amount_paid, report(state.db, YEAR).missing) == (Decimal("0.00"), 1)
    assert say(event("welfare", "relief.snapshot", 1)) == Outcome.APPLIED
    assert (totals(state).amount_paid, report(state.db, YEAR).missing) == (Decimal("2000.00"), 0)


def test_a_joint_activity_counts_for_each_body_and_once_in_the_total(say: Say, state: State) -> None:
    published = event("activities", "activity.published", 1)
    assert say(event("activities", "attendance.confirmed", 1)) == Outcome.APPLIED
    assert totals(state).attendance == 0
    say(published)
    found = report(state.db, YEAR)
    assert {one.body: (one.activities, one.attendance) for one in found.bodies if one.activities} == {
        "union": (1, 1),
        "women": (1, 1),
    }
    assert (found.totals.activities, found.totals.attendance) == (1, 1)
    say(event("activities", "attendance.corrected", 2))
    say(event("activities", "activity.completed", 2))
    assert (totals(state).activities, totals(state).attendance) == (1, 0)
    say(event("activities", "activity.cancelled", 3))
    assert totals(state).activities == 0


def test_a_crash_between_the_effect_and_its_commit_leaves_nothing(say: Say, state: State) -> None:
    said = event("welfare", "talk.held", 1)

    def die() -> None:
        with state.transaction() as db:
            db.execute("INSERT INTO talks VALUES ('x', 'union', 0)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    assert say(said) == Outcome.APPLIED
    assert state.db.execute("SELECT count(*) FROM talks").fetchone() == (1,)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_periods_are_whole_months(text: str, first: date, last: date) -> None:
    assert parse(text) == Period(first, last)
    assert [month.first.day for month in parse(text).months()][1:] == [1] * (last.month - first.month)


@pytest.mark.parametrize("text", ["2026-13", "2026-Q5", "", "next year"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_the_table_speaks_both_languages(say: Say, state: State) -> None:
    say(event("welfare", "relief.paid", 1))
    table = as_table(report(state.db, YEAR), "both")
    assert "发放金额（元） Paid out, yuan   0.00  2,000.00    0.00   0.00  2,000.00" in table
    assert "Paid" not in as_table(report(state.db, YEAR), "zh")


def test_the_command_prints_and_draws(say: Say, state: State, tmp_path: Path) -> None:
    say(event("welfare", "relief.paid", 1))
    picture = tmp_path / "year.svg"
    program = [sys.executable, "-m", "period_report", "--state", str(tmp_path / "state.db"), "show"]
    shown = subprocess.run(
        [*program, "--from", "2026-11-01", "--to", "2026-11-30", "--json", "--plot", str(picture)],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(shown.stdout)["totals"]["amount_paid"] == "2000.00"
    assert "发放金额" in picture.read_text(encoding="utf-8")
    assert "<script" not in picture.read_text(encoding="utf-8")
    refused = subprocess.run([*program, "2026-13"], cwd=HERE, capture_output=True, text=True, check=False)
    assert (refused.returncode, "there is no month 13" in refused.stderr) == (2, True)

"""The pure rules of a branch's life: the appraisal's limit, terms and elections, meetings owed and held."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.appraisals.rules import grade_reasons, opening_reasons
from membership.archive.rules import disposal_reasons, keep_until
from membership.elections.rules import (
    Candidate,
    Tally,
    candidate_reasons,
    committee_reasons,
    due_on,
    postponing_reasons,
    size_state,
    tally_reasons,
    term_state,
)
from membership.house import BranchSizes, Duty, Study, house
from membership.meetings.rules import Attended, Holding, Sitting, completeness, grid, study_minutes
from membership.shares import Share, share

SIZES = BranchSizes(least=3, committee_from=7, committee_least=3, committee_most=7)
HALF, THIRD = Share(1, 2, strict=True), Share(1, 3, strict=False)
BRANCH, GROUP = UUID(int=1), UUID(int=2)
PEOPLE = [UUID(int=100 + n) for n in range(12)]


@given(part=st.integers(1, 9), whole=st.integers(2, 9), of=st.integers(0, 60), strict=st.booleans())
def test_a_share_is_reached_from_its_least_number_on_and_never_by_rounding(
    part: int, whole: int, of: int, strict: bool
) -> None:
    part = min(part, whole)
    one = Share(part, whole, strict)
    reached = [
        count for count in range(of + 2) if count * whole > of * part or (not strict and count * whole == of * part)
    ]
    assert [count for count in range(of + 2) if one.reached(count, of)] == reached
    assert one.least(of) == min(reached)
    assert one.most(of) * whole <= of * part < (one.most(of) + 1) * whole


@pytest.mark.parametrize(
    "given", [{"more_than": "2/2"}, {"at_least": "5/4"}, {"half": "1/2"}, {"at_most": 0.5}, {}, None]
)
def test_a_share_that_is_none_is_refused_by_name(given: object) -> None:
    with pytest.raises(ValueError, match=r"house\.yaml: attended"):
        share(given, "house.yaml: attended")


@given(full=st.integers(1, 60), wanted=st.integers(0, 60))
def test_at_most_one_third_of_the_full_members_are_excellent(full: int, wanted: int) -> None:
    people = [UUID(int=n) for n in range(full + 5)]
    roll = {one: "member" if n < full else "probationary-member" for n, one in enumerate(people)}
    grades = dict.fromkeys(people[: min(wanted, full)], "excellent")
    codes = [reason.code for reason in grade_reasons(grades, roll, {}, THIRD)]
    assert (codes == ["too-many-excellent"]) == (3 * len(grades) > full)
    assert [one.code for one in grade_reasons({people[-1]: "qualified"}, roll, {}, THIRD)] == ["probationary"]


@pytest.mark.parametrize(
    ("held_on", "codes"),
    [
        (date(2026, 1, 1), []),
        (date(2027, 3, 31), []),
        (date(2027, 4, 1), ["another-year"]),
        (date(2025, 12, 31), ["another-year"]),
        (date(2027, 5, 2), ["day-ahead", "another-year"]),
    ],
)
def test_an_appraisal_is_held_in_its_year_or_soon_after(held_on: date, codes: list[str]) -> None:
    found = opening_reasons("party-branch", True, 2026, held_on, 9, date(2027, 5, 1), 3)
    assert [reason.code for reason in found] == codes


@pytest.mark.parametrize(
    ("today", "postponed_to", "state"),
    [
        (date(2026, 8, 31), None, "running"),
        (date(2026, 9, 1), None, "soon"),
        (date(2027, 3, 1), None, "soon"),
        (date(2027, 3, 2), None, "overdue"),
        (date(2027, 3, 2), date(2027, 9, 1), "postponed"),
        (date(2027, 9, 2), date(2027, 9, 1), "overdue"),
        (date(2026, 8, 31), date(2027, 9, 1), "postponed"),
    ],
)
def test_a_term_warns_months_ahead_and_waits_as_long_as_allowed(
    today: date, postponed_to: date | None, state: str
) -> None:
    due = due_on(date(2024, 3, 1), 3)
    assert due == date(2027, 3, 1)
    assert term_state(due, postponed_to, today, 6) == state


@pytest.mark.parametrize(
    ("full", "committee", "state"),
    [(2, 1, "too-small"), (3, 1, None), (6, 0, None), (7, 2, "committee-needed"), (7, 3, None)],
)
def test_what_the_size_of_a_branch_asks_for(full: int, committee: int, state: str | None) -> None:
    assert size_state(full, committee, SIZES) == state


def test_a_postponement_names_each_broken_rule() -> None:
    due = date(2027, 3, 1)
    found = postponing_reasons(due, date(2028, 3, 2), date(2027, 1, 2), "ok", date(2027, 1, 1), 12)
    assert [one.code for one in found] == ["too-long", "day-ahead", "approval-needed"]
    assert postponing_reasons(due, date(2028, 3, 1), date(2027, 1, 1), "党委批复3号", date(2027, 1, 1), 12) == []


@pytest.mark.parametrize(("present", "codes"), [(8, []), (7, ["no-quorum"]), (11, ["too-many-present"])])
def test_four_fifths_of_those_with_a_vote_are_there(present: int, codes: list[str]) -> None:
    assert [one.code for one in tally_reasons(Tally(10, present, 7), Share(4, 5, strict=False))] == codes


def test_elected_is_who_has_more_than_half_of_those_present() -> None:
    tally = Tally(10, 8, 8)
    eligible, roles = frozenset(PEOPLE[:10]), ("secretary", "committee-member")

    def codes(*candidates: Candidate) -> list[str]:
        return [one.code for one in candidate_reasons(tally, candidates, eligible, roles, HALF)]

    assert codes(Candidate(PEOPLE[0], 5, 3, 0, "secretary"), Candidate(PEOPLE[1], 4, 4, 0)) == []
    assert codes(Candidate(PEOPLE[0], 4, 4, 0, "secretary")) == ["no-majority"]
    assert codes(Candidate(PEOPLE[0], 5, 4, 0, "secretary")) == ["votes-wrong"]
    assert codes(Candidate(PEOPLE[11], 8, 0, 0)) == ["not-eligible"]
    assert codes(Candidate(PEOPLE[0], 8), Candidate(PEOPLE[0], 8)) == ["named-twice"]
    assert codes(Candidate(PEOPLE[0], 8, role="chair")) == ["role-not-of-this-kind"]
    assert codes() == ["no-candidate"]


@pytest.mark.parametrize(
    ("full", "roles", "codes"),
    [
        (9, ["secretary", "committee-member", "committee-member"], []),
        (9, ["secretary", "committee-member"], ["committee-size"]),
        (6, ["secretary"], []),
        (6, ["secretary", "committee-member", "committee-member"], ["no-committee"]),
        (6, ["deputy-secretary"], ["one-head"]),
        (None, ["secretary", "secretary", "committee-member"], ["one-head"]),
    ],
)
def test_a_committee_fits_its_branch(full: int | None, roles: list[str], codes: list[str]) -> None:
    elected = [Candidate(PEOPLE[n], 9, role=role) for n, role in enumerate(roles)]
    assert [one.code for one in committee_reasons(elected, ("secretary",), full, SIZES)] == codes


def _year(sittings: list[Sitting], today: date = date(2027, 1, 1), people: int = 9) -> dict[str, list[str]]:
    since = date(2020, 1, 1)
    holdings = [Holding(one, BRANCH, "member", since, None) for one in PEOPLE[:people]]
    holdings += [Holding(PEOPLE[n], BRANCH, role, since, None) for n, role in enumerate(("secretary",))]
    holdings += [Holding(one, GROUP, "member", since, None) for one in PEOPLE[:3]]
    rows = grid(2026, today, BRANCH, [GROUP], holdings, sittings, house().duties, SIZES, HALF)
    return {row.duty.code: [cell.state for cell in row.cells] for row in rows}


def _sitting(duty: str, month: int, people: list[UUID]) -> Sitting:
    return Sitting(UUID(int=month), date(2026, month, 10), duty, frozenset(people))


def test_a_meeting_counts_when_more_than_half_were_there() -> None:
    assert _year([_sitting("members-meeting", 2, PEOPLE[:5])])["members-meeting"] == ["held"] + ["missing"] * 3
    assert _year([_sitting("members-meeting", 2, PEOPLE[:4])])["members-meeting"] == ["thin"] + ["missing"] * 3
    assert _year([_sitting("members-meeting", 2, PEOPLE[:4])], people=8)["members-meeting"][0] == "thin"
    assert _year([_sitting("members-meeting", 2, PEOPLE[9:])])["members-meeting"] == ["missing"] * 4
    assert _year([_sitting("group", 5, PEOPLE[:2])])["group"][4:6] == ["held", "missing"]


def test_the_lecture_is_the_secretarys() -> None:
    assert _year([_sitting("lecture", 6, PEOPLE[:8])])["lecture"] == ["held"]
    assert _year([_sitting("lecture", 6, PEOPLE[1:9])])["lecture"] == ["thin"]


def test_a_small_branch_owes_no_committee_meeting_and_nothing_is_owed_ahead() -> None:
    states = _year([], today=date(2026, 5, 20), people=6)
    assert states["committee"] == ["none"] * 5 + ["ahead"] * 7
    assert states["members-meeting"] == ["missing", "open", "ahead", "ahead"]
    assert _year([], people=7)["committee"] == ["missing"] * 12


def test_completeness_counts_what_is_over_or_held() -> None:
    duty = Duty("theme-day", "month", "members", ("theme-day",))
    holdings = [Holding(PEOPLE[0], BRANCH, "member", date(2020, 1, 1), None)]
    sittings = [_sitting("theme-day", 1, PEOPLE), _sitting("theme-day", 5, PEOPLE)]
    rows = grid(2026, date(2026, 5, 20), BRANCH, [], holdings, sittings, [duty], SIZES, HALF)
    assert completeness(rows) == (2, 5)


def test_study_that_overlaps_counts_once() -> None:
    study = Study(32, 45, ("study",))
    nine = datetime(2026, 3, 1, 9, tzinfo=UTC)
    attended = [
        Attended(PEOPLE[0], "study", nine, 120),
        Attended(PEOPLE[0], "study", nine + timedelta(hours=1), 120),
        Attended(PEOPLE[0], "study", nine + timedelta(hours=1), 30),
        Attended(PEOPLE[0], "games", nine + timedelta(hours=9), 60),
        Attended(PEOPLE[1], "study", nine, 45),
    ]
    assert study_minutes(attended, study) == {PEOPLE[0]: 180, PEOPLE[1]: 45}


def test_a_paper_is_kept_for_full_years_and_then_disposed_of() -> None:
    assert keep_until(date(2015, 3, 4), "years-10") == date(2025, 12, 31)
    assert keep_until(date(2015, 3, 4), "permanent") is None
    assert [one.code for one in disposal_reasons(date(2025, 12, 31), False, date(2025, 12, 31))] == [
        "retention-goes-on"
    ]
    assert disposal_reasons(date(2025, 12, 31), False, date(2026, 1, 1)) == []
    assert [one.code for one in disposal_reasons(None, True, date(2026, 1, 1))] == ["kept-for-ever", "lent"]

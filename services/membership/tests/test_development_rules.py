"""The rules of the way into the Party: terms, articles, versions, and the timetable. Pure, so they run once only."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from membership.ballots.rules import Count, Votes, passes
from membership.development.months import add_months, whole_months
from membership.development.pack import STAGES, Pack, pack_on, packs, read
from membership.development.rules import Done, Entry, FileState, deadlines, judge, probation_ends, timetable
from membership.rule_files import rule_folder
from shared.refusal import Reason
from shared.workdays.rules import WorkCalendar

CALENDAR = WorkCalendar({}, frozenset(range(2014, 2040)))
TODAY = date(2026, 11, 23)
BORN = date(1990, 1, 1)
DAY = date(2026, 6, 8)
"""A Monday of a made-up calendar without festivals."""
ALL_PAPERS = frozenset(paper for pack in packs() for step in pack.steps.values() for paper in step.papers)
DAYS = st.dates(date(2015, 1, 1), date(2030, 12, 31))


def judged(step: str, state: FileState, on: date, **more: object) -> dict[str, Reason]:
    pack = pack_on(on)
    reasons, _ = judge(pack, pack.steps[step], state, Entry(on, **more), CALENDAR, TODAY)
    return {reason.code: reason for reason in reasons}


def way(**days: date) -> FileState:
    return FileState(BORN, tuple(Done(step.replace("_", "-"), on) for step, on in days.items()), ALL_PAPERS)


def activist(since: date, **more: date) -> FileState:
    return way(
        application=since,
        talk=since,
        activist_recommended=since,
        activist_decided=since,
        activist_filed=since,
        contacts_named=since,
        opinions_heard=since,
        **more,
    )


def test_each_step_is_judged_by_the_pack_of_its_own_day() -> None:
    assert pack_on(date(2026, 5, 17)).version == "2014"
    assert pack_on(date(2026, 5, 18)).version == "2026"
    assert pack_on(date(1999, 1, 1)).version == "2014"


def test_the_superior_committee_takes_note_by_the_old_rules_and_consents_by_the_new_ones() -> None:
    state = replace(activist(date(2025, 1, 6), target_decided=date(2026, 5, 1)), papers=frozenset())
    assert judged("target-agreed", state, date(2026, 5, 8))["paper-missing"].facts["missing"] == ["filing-note"]
    new = judged("target-agreed", state, date(2026, 5, 20))["paper-missing"].facts
    assert (new["missing"], new["rule_pack"], new["article"]) == (["consent-letter"], "2026", "13")


def test_an_applicant_under_18_is_refused_with_the_article_and_the_birthday() -> None:
    state = FileState(date(2009, 3, 1), (), ALL_PAPERS)
    reason = judged("application", state, date(2026, 11, 1))["too-young"]
    assert (reason.facts["article"], reason.facts["since"], reason.facts["earliest"]) == (
        "5, 6",
        date(2027, 3, 1),
        date(2027, 3, 1),
    )
    assert judged("application", FileState(None, (), ALL_PAPERS), TODAY).keys() == {"birth-date-unknown"}


def test_an_activist_of_eleven_months_is_refused_with_the_article_and_the_date() -> None:
    state = activist(date(2025, 10, 8), review=date(2026, 4, 8))
    reason = judged("target-decided", state, date(2026, 9, 8))["too-early"]
    assert (reason.facts["rule_pack"], reason.facts["article"], reason.facts["earliest"]) == (
        "2026",
        "13",
        date(2026, 10, 8),
    )
    assert judged("target-decided", activist(date(2025, 10, 8)), date(2026, 10, 8)).keys() == {"reviews-missing"}


def test_every_broken_rule_is_told_at_once() -> None:
    state = FileState(BORN, (Done("application", date(2026, 9, 1)),))
    found = judged("target-decided", state, TODAY + timedelta(days=1))
    assert found.keys() == {"day-ahead", "step-missing", "paper-missing"}
    steps = judge(pack_on(TODAY), pack_on(TODAY).steps["target-decided"], state, Entry(TODAY), CALENDAR, TODAY)[0]
    assert [one.facts["step"] for one in steps if one.code == "step-missing"] == ["activist-filed", "opinions-heard"]
    assert all(one.facts["earliest"] >= date(2027, 11, 23) for one in steps)


def test_publicity_lasts_five_working_days_around_a_festival() -> None:
    calendar = WorkCalendar(
        {date(2026, 10, day): False for day in (1, 2, 5, 6, 7)} | {date(2026, 10, 10): True}, frozenset({2026})
    )
    pack = pack_on(TODAY)
    state = activist(
        date(2025, 1, 6),
        target_decided=date(2026, 9, 1),
        target_agreed=date(2026, 9, 10),
        publicity_opened=date(2026, 9, 29),
    )
    step = pack.steps["publicity-closed"]
    reasons, _ = judge(pack, step, state, Entry(date(2026, 10, 12)), calendar, TODAY)
    [reason] = reasons
    assert (reason.code, reason.facts["since"]) == ("publicity-too-short", date(2026, 10, 13))
    assert judge(pack, step, state, Entry(date(2026, 10, 13)), calendar, TODAY)[0] == []


def test_the_branch_meets_within_a_month_of_the_pre_review_or_it_is_taken_again() -> None:
    state = way(pre_review=date(2026, 9, 30))
    assert "too-late" not in judged("branch-meeting", state, date(2026, 10, 30))
    reason = judged("branch-meeting", state, date(2026, 11, 1))["too-late"]
    assert (reason.facts["until"], reason.facts["article"]) == (date(2026, 10, 30), "18, 19, 20")
    assert (reason.facts["earliest"], reason.facts["again"]) == (None, "pre-review")
    again = way(pre_review=date(2026, 11, 1), introducers_named=date(2026, 9, 1))
    assert "too-late" not in judged("branch-meeting", again, date(2026, 11, 1))


def test_approval_takes_three_months_or_six_with_a_reason() -> None:
    state = way(branch_meeting=date(2026, 6, 30))
    assert judged("approval", state, date(2026, 9, 30)) == {}
    assert judged("approval", state, date(2026, 10, 1)).keys() == {"too-late"}
    assert judged("approval", state, date(2026, 11, 20), special_reason="flood") == {}
    over = judge(
        pack_on(TODAY),
        pack_on(TODAY).steps["approval"],
        way(branch_meeting=date(2026, 5, 20)),
        Entry(date(2026, 11, 21), special_reason="flood"),
        CALENDAR,
        TODAY,
    )[0]
    assert [(one.code, one.facts["months"], one.facts["earliest"], one.facts["again"]) for one in over] == [
        ("too-late", 6, None, None)
    ]


def test_introducers_are_two_full_members_and_training_is_three_days_or_24_hours() -> None:
    one, two = uuid4(), uuid4()
    state = way(publicity_closed=date(2026, 9, 1))
    members = frozenset({one, two})
    assert judged("introducers-named", state, TODAY, people=(one,), full_members=members).keys() == {"people-count"}
    assert judged("introducers-named", state, TODAY, people=(one, two), full_members=members) == {}
    guest = judged("introducers-named", state, TODAY, people=(one, uuid4()), full_members=members)
    assert guest.keys() == {"not-a-full-member"}
    assert judged("training", state, TODAY, days=2, hours=23).keys() == {"training-too-short"}
    assert judged("training", state, TODAY, days=3) == judged("training", state, TODAY, hours=24) == {}


def test_probation_is_a_year_from_the_meeting_and_may_be_extended_once() -> None:
    state = way(branch_meeting=date(2025, 3, 31), approval=date(2025, 5, 1), conversion_committee=date(2026, 3, 1))
    assert probation_ends(pack_on(TODAY), state) == date(2026, 3, 31)
    assert judged("conversion-meeting", state, date(2026, 3, 30)).keys() == {"probation-not-over"}
    assert judged("conversion-meeting", state, date(2026, 3, 31)) == {}
    assert judged("probation-extended", state, date(2026, 3, 31), months=5).keys() == {"extension-length"}
    longer = replace(state, done=(*state.done, Done("probation-extended", date(2026, 3, 31), months=6)))
    assert probation_ends(pack_on(TODAY), longer) == date(2026, 9, 30)
    assert "step-done" in judged("probation-extended", longer, date(2026, 4, 1), months=6)


def test_a_late_talk_is_noted_and_not_refused() -> None:
    pack = pack_on(TODAY)
    state = way(application=date(2026, 9, 1))
    assert judge(pack, pack.steps["talk"], state, Entry(date(2026, 10, 2)), CALENDAR, TODAY) == ([], True)
    assert judge(pack, pack.steps["talk"], state, Entry(date(2026, 10, 1)), CALENDAR, TODAY) == ([], False)


def test_reviews_publicity_and_the_end_of_probation_fall_due() -> None:
    pack = pack_on(TODAY)
    since = activist(date(2026, 3, 31))
    assert [(one.kind, one.due_on) for one in deadlines(pack, since, CALENDAR)] == [("review", date(2026, 9, 30))]
    later = activist(date(2026, 3, 31), review=date(2026, 10, 5))
    assert deadlines(pack, later, CALENDAR)[0].due_on == date(2027, 4, 5)
    admitted = way(branch_meeting=date(2026, 10, 12), approval=date(2026, 11, 2))
    assert [(one.kind, one.due_on) for one in deadlines(pack, admitted, CALENDAR)] == [
        ("probation-ending", date(2027, 10, 12))
    ]


@given(day=DAYS, months=st.integers(0, 240))
def test_a_term_in_months_ends_on_the_same_number_or_the_last_of_the_month(day: date, months: int) -> None:
    end = add_months(day, months)
    assert whole_months(day, end) == months
    assert end.day == day.day or (end + timedelta(days=1)).day == 1
    assert add_months(day, months + 1) > end


_DATES = ("too-young", "too-early", "before-earlier-step", "publicity-too-short", "probation-not-over", "too-late")


@given(data=st.data())
def test_the_day_that_a_refusal_names_is_a_day_that_passes(data: st.DataObject) -> None:
    pack = data.draw(st.sampled_from(packs()))
    codes = list(pack.steps)
    taken = codes[: data.draw(st.integers(0, len(codes) - 1))]
    days = sorted(data.draw(st.lists(DAYS, min_size=len(taken), max_size=len(taken))))
    state = FileState(BORN, tuple(Done(code, day) for code, day in zip(taken, days, strict=True)), ALL_PAPERS)
    step, on = pack.steps[data.draw(st.sampled_from(codes))], data.draw(DAYS)
    found = judge(pack, step, state, Entry(on), CALENDAR, date(2060, 1, 1))[0]
    if not any(one.code in _DATES for one in found) or any(one.code == "step-missing" for one in found):
        return
    [earliest] = {one.facts["earliest"] for one in found}
    if earliest is None:
        assert {one.code for one in found} & {"too-late", "step-done", "already-converting"}
        return
    later = judge(pack, step, state, Entry(earliest), CALENDAR, date(2060, 1, 1))[0]
    assert not [one.code for one in later if one.code in _DATES]


MADE_UP = yaml.safe_load((rule_folder("membership.development", "packs") / "2026.yaml").read_text(encoding="utf-8"))
MADE_UP |= {
    "version": "made-up",
    "reviews": {"article": "911", "every_months": 4, "since": "activist-decided", "until": "branch-meeting"},
    "probation": {"article": "931", "months": 9, "since": "branch-meeting", "until": "conversion-meeting"},
    "ballot": {"quorum": {"article": "919", "at_least": "2/3"}, "majority": {"article": "920", "at_least": "3/4"}},
    "reminders": {**MADE_UP["reminders"], "review": 3, "publicity-closed": 2, "probation-ending": 11},
}
MADE_UP["steps"] = {
    **MADE_UP["steps"],
    "application": {**MADE_UP["steps"]["application"], "least_age": 21},
    "target-decided": {**MADE_UP["steps"]["target-decided"], "least": {"months": 20, "since": "activist-decided"}},
    "publicity-closed": {
        **MADE_UP["steps"]["publicity-closed"], "working_days": {"count": 8, "since": "publicity-opened"}
    },
    "training": {**MADE_UP["steps"]["training"], "training": {"days": 6, "hours": 50}},
    "branch-meeting": {
        **MADE_UP["steps"]["branch-meeting"], "within": {"months": 2, "since": "pre-review", "late": "refused"}
    },
    "introducers-named": {
        **MADE_UP["steps"]["introducers-named"], "people": {"part": "introducer", "least": 3, "most": 4}
    },
    "probation-extended": {**MADE_UP["steps"]["probation-extended"], "extends": {"least": 2, "most": 3}},
}  # fmt: skip


def test_a_pack_whose_figures_are_all_others_is_judged_by_its_own() -> None:
    pack = read(MADE_UP)

    def found(step: str, state: FileState, on: date, **more: object) -> dict[str, Reason]:
        reasons, _ = judge(pack, pack.steps[step], state, Entry(on, **more), CALENDAR, date(2060, 1, 1))
        return {one.code: one for one in reasons}

    assert found("application", FileState(date(2000, 6, 1), (), ALL_PAPERS), date(2021, 5, 31)).keys() == {"too-young"}
    activists = activist(date(2025, 1, 1))
    early = found("target-decided", activists, date(2026, 8, 31))
    assert (early["too-early"].facts["earliest"], early["reviews-missing"].facts["wanted"]) == (date(2026, 9, 1), 4)
    assert early["reviews-missing"].facts["article"] == "911"
    opened = activist(date(2025, 1, 1), target_decided=DAY, target_agreed=DAY, publicity_opened=DAY)
    assert found("publicity-closed", opened, DAY + timedelta(days=10)).keys() == {"publicity-too-short"}
    assert found("publicity-closed", opened, DAY + timedelta(days=11)) == {}
    assert found("training", way(publicity_closed=DAY), DAY, days=5, hours=49).keys() == {"training-too-short"}
    three = tuple(uuid4() for _ in range(3))
    named = {"people": three, "full_members": frozenset(three)}
    assert found("introducers-named", way(publicity_closed=DAY), DAY, **named) == {}
    assert "too-late" not in found("branch-meeting", way(pre_review=DAY), add_months(DAY, 2))
    admitted = way(branch_meeting=DAY, approval=DAY, conversion_committee=DAY)
    over = found("conversion-meeting", admitted, add_months(DAY, 9) - timedelta(days=1))["probation-not-over"]
    assert (over.facts["since"], over.facts["article"]) == (add_months(DAY, 9), "931")
    assert found("probation-extended", admitted, DAY, months=6).keys() == {"extension-length"}
    due = frozenset(uuid4() for _ in range(9))
    for there, in_favour, codes, passed in ((5, 5, {"no-quorum"}, False), (6, 6, set(), False), (9, 7, set(), True)):
        count = Count(due, frozenset(sorted(due)[:there]), Votes(in_favour, there - in_favour, 0))
        judged_ = found("branch-meeting", way(pre_review=DAY), DAY, ballot=count)
        assert (judged_.keys(), passes(pack.ballot, count)) == (codes, passed)
        for one in judged_.values():
            assert (one.facts["rule_pack"], one.facts["article"], one.facts["least"]) == ("made-up", "919", 6)
            assert (one.facts["earliest"], one.facts["missing"]) == (DAY, [])
    assert [(one.kind, one.due_on, one.lead) for one in deadlines(pack, opened, CALENDAR)] == [
        ("review", date(2025, 5, 1), 3),
        ("publicity-ending", DAY + timedelta(days=11), 2),
    ]
    assert [(one.due_on, one.lead) for one in deadlines(pack, admitted, CALENDAR)] == [(add_months(DAY, 9), 11)]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ballot": None}, "ballot"),
        ({"ballot": {**MADE_UP["ballot"], "quorum": {"article": "19", "more_than": "2/2"}}}, "ballot.quorum"),
        ({"reviews": {**MADE_UP["reviews"], "since": "tea"}}, "reviews"),
        ({"reminders": {"review": 1}}, "reminders"),
    ],
)
def test_a_pack_that_lacks_a_figure_is_refused_by_name(change: dict[str, object], named: str) -> None:
    given = {key: value for key, value in {**MADE_UP, **change}.items() if value is not None}
    with pytest.raises(ValueError, match=named):
        read(given)


@given(start=DAYS, pause=st.integers(0, 400))
def test_whoever_keeps_to_the_timetable_is_never_refused_and_a_day_earlier_always_is(start: date, pause: int) -> None:
    """The timetable and the rules are two ways to say the same; here they are held against each other."""
    one, two = uuid4(), uuid4()
    people = {"people": (one, two), "full_members": frozenset({one, two}), "days": 3}
    state = FileState(BORN, (), ALL_PAPERS)
    plan = timetable(pack_on, state, CALENDAR, start)
    assert [planned.step.stage for planned in plan if planned.step.stage] == list(STAGES)
    far = date(2060, 1, 1)
    for planned in plan:
        pack: Pack = pack_on(planned.earliest)
        step = pack.steps[planned.step.code]
        if step.reviewed:
            halves = whole_months(state.last("activist-decided") or start, planned.earliest) // 6
            done = tuple(Done("review", planned.earliest) for _ in range(halves))
            state = replace(state, done=(*state.done, *done))
        assert judge(pack, step, state, Entry(planned.earliest, **people), CALENDAR, far)[0] == []
        if planned.earliest > start and (step.least or step.working_days or step.after_probation):
            before = Entry(planned.earliest - timedelta(days=1), **people)
            assert judge(pack, step, state, before, CALENDAR, far)[0] != []
        state = replace(state, done=(*state.done, Done(step.code, planned.earliest)))
    assert plan[-1].earliest >= add_months(start, 24)


@pytest.mark.parametrize("pack", packs(), ids=lambda pack: pack.version)
def test_a_pack_leads_from_the_application_to_full_membership(pack: Pack) -> None:
    assert [step.stage for step in pack.steps.values() if step.stage] == list(STAGES)
    assert [step.vote for step in pack.steps.values() if step.vote] == ["admission", "conversion"]

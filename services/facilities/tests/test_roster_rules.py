"""The pure rules of the roster: times of one person, rotation, and the fair proposal."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facilities.occupancy.rules import Window
from facilities.roster.fairness import Burden, OpenPlace, propose
from facilities.roster.roles import role_of
from facilities.roster.rules import (
    Candidate,
    Limits,
    Pattern,
    Stint,
    broken_duty_rules,
    broken_shift_rules,
    in_turn,
    is_night,
)

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
LIMITS = Limits(timedelta(hours=11), timedelta(hours=20), timedelta(hours=48), ZoneInfo("UTC"))
HERE, RECEPTION = UUID(int=1), role_of("reception")


def window(start: float, end: float) -> Window:
    """From so many hours after Monday's midnight to so many."""
    return Window(MONDAY + timedelta(hours=start), MONDAY + timedelta(hours=end))


def somebody(*stints: Window, roles: frozenset[str] | None = frozenset({"reception"}), number: int = 9) -> Candidate:
    others = tuple(Stint(UUID(int=100 + place), one) for place, one in enumerate(stints))
    return Candidate(UUID(int=number), "王芳", roles, others)


@pytest.mark.parametrize(
    ("person", "lacks", "broken"),
    [
        (somebody(), 1, []),
        (somebody(window(18, 20)), 1, ["duties-overlap"]),
        (somebody(window(20, 21)), 1, ["rest-too-short"]),
        (somebody(window(31, 32)), 1, []),
        (somebody(window(30.9, 32)), 1, ["rest-too-short"]),
        (somebody(window(40, 56)), 1, []),
        (somebody(window(40, 56.5)), 1, ["week-too-long"]),
        (somebody(window(24 * 7 + 8, 24 * 7 + 24)), 1, []),
        (somebody(roles=None), 0, ["role-full", "not-on-team"]),
        (somebody(roles=frozenset({"lecturer"})), None, ["role-not-needed", "not-qualified"]),
        (somebody(window(15, 17), window(40, 60), roles=None), 0, [
            "role-full", "not-on-team", "duties-overlap", "week-too-long"]),
    ],
)  # fmt: skip
def test_everything_that_speaks_against_a_person_is_named(
    person: Candidate, lacks: int | None, broken: list[str]
) -> None:
    reasons = broken_duty_rules(Stint(HERE, window(16, 20)), "reception", RECEPTION.name, lacks, person, LIMITS)
    assert [reason.code for reason in reasons] == broken
    assert all(str(reason) for reason in reasons)


def test_a_plan_names_all_that_is_wrong_with_it() -> None:
    needs = {"reception": 0, "juggler": 99}
    reasons = broken_shift_rules(window(10, 9), MONDAY + timedelta(days=2), title=" ", needs=needs, roles=["reception"])
    assert [reason.code for reason in reasons] == [
        "title-missing", "ends-before-start", "in-the-past", "unknown-role", "too-many-needed",
    ]  # fmt: skip


def test_a_pattern_follows_the_wall_clock_and_begins_on_its_first_day() -> None:
    zone = ZoneInfo("Europe/Berlin")
    pattern = Pattern(date(2026, 10, 22), 2, frozenset({1, 3}), time(22), time(1))
    windows = pattern.windows(zone)
    assert [one.starts_at.astimezone(zone).isoformat() for one in windows] == [
        "2026-10-22T22:00:00+02:00", "2026-10-27T22:00:00+01:00", "2026-10-29T22:00:00+01:00",
    ]  # fmt: skip
    assert {one.length for one in windows} == {timedelta(hours=3)}


def test_people_take_turns_and_nobody_comes_twice_at_one_time() -> None:
    a, b, c = (UUID(int=number) for number in range(3))
    assert in_turn([a, b, c], 2, 3) == [[a, b], [c, a], [b, c]]
    assert in_turn([a], 2, 2) == [[a], [a]]
    assert in_turn([], 2, 2) == [[], []]


@pytest.mark.parametrize(("start", "end", "night"), [
    (8, 20, False), (17.5, 20.5, True), (22, 30, True), (5, 9, True)])  # fmt: skip
def test_a_night_is_after_eight_or_before_six(start: float, end: float, night: bool) -> None:
    assert is_night(window(start, end), LIMITS.zone) is night


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 13), st.sampled_from((8, 14, 18))), max_size=14), st.integers(1, 6))
def test_a_proposal_keeps_every_rule_and_adds_up(slots: list[tuple[int, int]], count: int) -> None:
    places = [
        OpenPlace(UUID(int=1000 + number), "reception", window(24 * day + hour, 24 * day + hour + 4))
        for number, (day, hour) in enumerate(slots)
    ]
    people = [somebody(number=number + 1) for number in range(count)]
    proposal = propose(places, people, {}, LIMITS)
    assert proposal == propose(places[::-1], people[::-1], {}, LIMITS)
    had: dict[UUID, list[Stint]] = {one.person_id: [] for one in people}
    for place, chosen in proposal.given:
        if chosen is None:
            continue
        stint = Stint(place.shift_id, place.window)
        person = Candidate(chosen, "", frozenset({"reception"}), had[chosen])
        assert broken_duty_rules(stint, "reception", RECEPTION.name, 1, person, LIMITS) == []
        had[chosen].append(stint)
    for line in proposal.ledger:
        assert line.after.length == timedelta(hours=4 * len(had[line.person_id]))


def test_who_had_much_gets_less_and_a_place_is_freed_for_another() -> None:
    days = [OpenPlace(UUID(int=1000 + day), "reception", window(24 * day + 9, 24 * day + 12)) for day in range(3)]
    busy, fresh = somebody(number=1), somebody(number=2)
    proposal = propose(days, [busy, fresh], {busy.person_id: Burden(timedelta(hours=30), 5, 2)}, LIMITS)
    assert {chosen for _, chosen in proposal.given} == {fresh.person_id}
    both = somebody(number=1, roles=frozenset({"reception", "lecturer"}))
    one_day = [days[0], OpenPlace(UUID(int=2000), "lecturer", window(9, 12))]
    chosen = {place.role: person for place, person in propose(one_day, [both, fresh], {}, LIMITS).given}
    assert chosen == {"lecturer": both.person_id, "reception": fresh.person_id}

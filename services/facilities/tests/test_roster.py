"""The duty roster against both databases: what is planned, who is on duty, and what is told of it."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from facilities.published_roster import duty_snapshot, shift_snapshot
from facilities.roster import snapshots
from facilities.roster.duties import Seat, assign, release, sign_up
from facilities.roster.filling import fill, proposal_for
from facilities.roster.models import Duty, Shift, TeamMember
from facilities.roster.planning import ShiftPlan, cancel_shift, change_shift
from facilities.roster.rules import Pattern
from facilities.roster.series import SeriesPlan, plan_series
from facilities.roster.settings import limits_of
from facilities.roster.swaps import accept_swap, ask_swap, end_swap
from facilities.roster.timer import warn_of_short_shifts
from shared.database import violated
from shared.identifiers import new_id
from shared.principal import Grant, Principal
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.delivery import receive, recorded
from shared.testing.parallel import at_once

At = Callable[..., datetime]
Planner = Callable[..., Shift]
Member = Callable[..., UUID]


@pytest.fixture
def on(runtime: Runtime) -> Callable[[UUID, UUID], Duty]:
    """Puts somebody on duty: ``on(shift.id, person)``."""

    def put(shift_id: UUID, person_id: UUID, role: str = "reception") -> Duty:
        with runtime.unit_of_work() as work:
            return assign(work, Seat(shift_id, role, person_id), limits=limits_of(runtime.settings))

    return put


def codes(call: Callable[[], Any]) -> list[str]:
    """The codes of a refusal; empty when it was carried out."""
    try:
        call()
    except Refused as refused:
        return [reason.code for reason in refused.reasons]
    return []


def told(runtime: Runtime) -> list[str]:
    """Names of the roster's events, oldest first."""
    names = [event.type.removeprefix("org.yizhan.facilities.").removesuffix(".v1") for event in recorded(runtime)]
    return [name for name in names if name.startswith(("shift.", "duty."))]


def raw(shift: Shift, person_id: UUID, **more: Any) -> Duty:
    """A duty written past all rules."""
    values = {"id": new_id(), "shift_id": shift.id, "role": "reception", "person_id": person_id, "state": "assigned",
              "live": True, "starts_at": shift.starts_at, "ends_at": shift.ends_at, "made_by": "test",
              "made_at": shift.made_at}  # fmt: skip
    return Duty(**{**values, **more})


def refused_by(runtime: Runtime, *rows: Any) -> str | None:
    try:
        with runtime.database.writing() as session:
            for one in rows:
                session.add(one) if isinstance(one, Duty) else session.execute(one)
                session.flush()
    except IntegrityError as error:
        return violated(error)
    return None


def test_the_database_keeps_people_out_of_two_shifts_and_roles_from_overflowing(
    runtime: Runtime, shift: Planner, at: At
) -> None:
    first, second, later = shift(at(9), at(12)), shift(at(11), at(14), reception=5), shift(at(12), at(14))
    person, other = new_id(), new_id()
    assert refused_by(runtime, raw(first, person), raw(later, person)) is None
    assert refused_by(runtime, raw(second, person)) == "ex_duties_person"
    assert refused_by(runtime, raw(first, other)) == "ck_duties_need"
    ended = raw(first, other, state="released", live=False, reason="removed", ended_at=first.made_at)
    assert refused_by(runtime, ended) is None
    revive = update(Duty).where(Duty.id == ended.id).values(state="assigned", live=True, reason=None)
    assert refused_by(runtime, revive) == "ck_duties_need"
    into = update(Shift).where(Shift.id == later.id).values(starts_at=at(11, 30))
    assert refused_by(runtime, into) == "ex_duties_person", "a moved shift takes its duties along"
    assert refused_by(runtime, update(Shift).where(Shift.id == later.id).values(starts_at=at(13))) is None
    with runtime.reading() as session:
        assert session.scalars(select(Duty.starts_at).where(Duty.shift_id == later.id)).all() == [at(13)]
    assert refused_by(runtime, update(Shift).where(Shift.id == first.id).values(state="cancelled")) == (
        "ck_shifts_released"
    )
    fewer = update(Shift.needs.property.mapper.class_).where(Shift.needs.property.mapper.class_.shift_id == first.id)
    assert refused_by(runtime, fewer.values(people=0)) == "ck_duties_need"


def test_many_at_once_fill_a_shift_to_the_last_place_and_one_person_has_one_shift(
    runtime: Runtime, shift: Planner, member: Member, at: At, on: Callable[..., Duty]
) -> None:
    full = shift(at(9), at(12), reception=2)
    people = [member() for _ in range(6)]
    outcomes = at_once(*(lambda one=one: on(full.id, one).state for one in people))
    assert Counter(outcomes) == {"assigned": 2, "role-full": 4}
    wanted, days = member(), [shift(at(9, day=3), at(12, day=3)) for _ in range(5)]
    outcomes = at_once(*(lambda one=one: on(one.id, wanted).state for one in days))
    assert Counter(outcomes) == {"assigned": 1, "duties-overlap": 4}
    weeks = [shift(at(9, day=day), at(16, day=day)) for day in range(20, 27)]
    busy = member()
    at_once(*(lambda one=one: on(one.id, busy).state for one in weeks))
    with runtime.reading() as session:
        stored = session.scalars(select(Duty).where(Duty.person_id == busy)).all()
    by_week = Counter(duty.starts_at.isocalendar().week for duty in stored)
    assert set(by_week.values()) <= {1, 2}, "seven hours thrice are more than a week's twenty"


def test_what_is_told_from_the_plan_to_the_cancelled_shift(
    runtime: Runtime, shift: Planner, member: Member, at: At, on: Callable[..., Duty]
) -> None:
    planned = shift(at(9, day=9), at(12, day=9), reception=1, **{"fire-safety": 1})
    one, two = member("王芳"), member("李强")
    duty = on(planned.id, one)
    on(planned.id, two, "fire-safety")
    limits = limits_of(runtime.settings)
    with runtime.unit_of_work() as work:
        release(work, duty.id, limits=limits)
    plan = ShiftPlan(at(10, day=9), at(13, day=9), {"reception": 1, "fire-safety": 1}, "晚间值班", "Evening duty")
    with runtime.unit_of_work() as work:
        change_shift(work, planned.id, plan, limits=limits)
    with runtime.unit_of_work() as work:
        cancel_shift(work, planned.id, reason="停电")
    assert told(runtime) == [
        "shift.opened", "duty.assigned", "duty.assigned", "shift.filled", "duty.released", "shift.opened",
        "shift.changed", "duty.moved", "shift.cancelled", "duty.released",
    ]  # fmt: skip
    [moved], [*_, ended] = recorded(runtime, "duty.moved"), recorded(runtime, "duty.released")
    assert moved.data["person_id"] == str(two)
    assert moved.data["role_name"] == {"zh": "消防安全", "en": "Fire safety"}
    times = (moved.data["was"]["from"], moved.data["when"]["from"])
    assert times == (at(9, day=9).isoformat(), at(10, day=9).isoformat())
    assert (ended.data["reason"], ended.data["person_id"]) == ("cancelled", str(two))
    assert recorded(runtime, "shift.changed")[0].data["missing"] == 1
    assert "王芳" not in "".join(event.to_json() for event in recorded(runtime, "duty.assigned"))
    assert codes(lambda: on(planned.id, one)) == ["shift-cancelled"]


def test_a_short_shift_is_an_alarm_once_and_again_when_somebody_drops_out(
    runtime: Runtime, shift: Planner, member: Member, at: At, on: Callable[..., Duty]
) -> None:
    soon, _far = shift(at(9), at(12), reception=2), shift(at(9, day=9), at(12, day=9))
    assert (warn_of_short_shifts(runtime), warn_of_short_shifts(runtime)) == (1, 0)
    duties = [on(soon.id, member()), on(soon.id, member())]
    assert warn_of_short_shifts(runtime) == 0
    with runtime.unit_of_work() as work:
        release(work, duties[0].id, limits=limits_of(runtime.settings))
    alarms = [(event.subject, event.data["missing"]) for event in recorded(runtime, "shift.understaffed")]
    assert alarms == [(f"shift/{soon.id}", 2), (f"shift/{soon.id}", 1)]
    assert warn_of_short_shifts(runtime) == 0


def test_a_swap_needs_both_and_keeps_the_rules_for_both(
    runtime: Runtime, shift: Planner, member: Member, at: At, on: Callable[..., Duty]
) -> None:
    limits = limits_of(runtime.settings)
    first, second = shift(at(9, day=9), at(12, day=9)), shift(at(9, day=10), at(12, day=10))
    one, two, third = member(), member(), member()
    given, taken = on(first.id, one), on(second.id, two)
    me = Principal(new_id(), "one", person_id=one, grants=(Grant("viewer", "*"),))
    you = Principal(new_id(), "two", person_id=two, grants=(Grant("viewer", "*"),))

    def ask(actor: Principal, **more: Any) -> UUID:
        with runtime.unit_of_work(actor=actor) as work:
            return ask_swap(work, given.id, two, limits=limits, **more).id

    assert codes(lambda: ask(you)) == ["forbidden"]
    other = on(shift(at(10, day=9), at(11, day=9)).id, third)
    assert codes(lambda: ask(me, for_duty_id=other.id)) == ["not-theirs"]
    asked = ask(me, for_duty_id=taken.id)
    assert codes(lambda: ask(me)) == ["swap-asked"]

    def answer(actor: Principal, swap_id: UUID, call: Any = accept_swap) -> None:
        with runtime.unit_of_work(actor=actor) as work:
            call(work, swap_id, **({"limits": limits} if call is accept_swap else {}))

    assert codes(lambda: answer(me, asked)) == ["forbidden"]
    answer(you, asked, end_swap)
    asked = ask(me, for_duty_id=taken.id)
    answer(you, asked)
    assert codes(lambda: answer(you, asked)) == ["swap-answered"]
    with runtime.reading() as session:
        now = {duty.shift_id: duty.person_id for duty in session.scalars(select(Duty).where(Duty.live))}
    assert (now[first.id], now[second.id]) == (two, one)
    swaps = [(event.data["left"], event.data["took"]) for event in recorded(runtime, "shift.swapped")]
    assert swaps == [(str(one), str(two)), (str(two), str(one))]
    assert {event.data["reason"] for event in recorded(runtime, "duty.released")} == {"swapped"}


def test_a_series_shows_the_conflicts_of_every_date_before_anything_is_stored(
    runtime: Runtime, shift: Planner, member: Member, at: At, on: Callable[..., Duty]
) -> None:
    limits = limits_of(runtime.settings)
    one, two = member(), member()
    first = (at(9, day=10) - timedelta(days=at(9, day=10).weekday())).date()
    pattern = Pattern(first, 2, frozenset({1, 3}), at(18).time(), at(20).time())
    series = SeriesPlan(
        ShiftPlan(at(9), at(10), {"reception": 1}, title_zh="晚间值班"), pattern, {"reception": [one, two]}
    )
    windows = pattern.windows(limits.zone)
    on(shift(windows[1].starts_at, windows[1].ends_at, title_zh="别的").id, two)
    shift(windows[2].starts_at, windows[2].ends_at)

    def plan(skip: bool) -> Any:
        with runtime.unit_of_work() as work:
            return plan_series(work, series, limits=limits, skip_conflicts=skip)

    assert codes(lambda: plan(False)) == ["duties-overlap", "planned-already"]
    made = plan(True)
    assert [(told["codes"], told["person_id"]) for told in made.skipped] == [
        (["duties-overlap"], str(two)), (["planned-already"], None),
    ]  # fmt: skip
    with runtime.reading() as session:
        rows = session.scalars(select(Shift).where(Shift.series_id == made.id).order_by(Shift.starts_at)).all()
        assert [(row.window, row.missing) for row in rows] == [(windows[0], 0), (windows[1], 1), (windows[3], 0)]


def test_a_fair_proposal_is_carried_out_as_a_whole_or_not_at_all(
    runtime: Runtime, shift: Planner, member: Member, at: At
) -> None:
    limits = limits_of(runtime.settings)
    days = [shift(at(9, day=day), at(12, day=day)) for day in (8, 9, 10)]
    people = [member(), member(), member()]
    with runtime.reading() as session:
        window = days[0].window.__class__(at(0, day=7), at(0, day=12))
        found = proposal_for(session, window, ["party"], limits).proposal
    seats = [Seat(place.shift_id, place.role, chosen) for place, chosen in found.given if chosen is not None]
    assert sorted(seat.person_id for seat in seats) == sorted(people)
    with runtime.unit_of_work() as work:
        cancel_shift(work, days[2].id)

    def carry_out(chosen: list[Seat]) -> None:
        with runtime.unit_of_work() as work:
            fill(work, chosen, limits=limits)

    assert codes(lambda: carry_out(seats)) == ["shift-cancelled"]
    assert recorded(runtime, "duty.assigned") == []
    carry_out([seat for seat in seats if seat.shift_id != days[2].id])
    assert len(recorded(runtime, "shift.filled")) == 2


def test_only_who_is_known_signs_up_and_only_for_what_they_can(
    runtime: Runtime, shift: Planner, member: Member, at: At
) -> None:
    limits, account = limits_of(runtime.settings), new_id()
    me = member(roles=("lecturer",), account_id=account)
    open_shift = shift(at(9), at(12), lecturer=1)

    def sign(actor: Principal, role: str) -> Any:
        with runtime.unit_of_work(actor=actor) as work:
            return sign_up(work, open_shift.id, role, limits=limits)

    viewer = (Grant("viewer", "*"),)
    assert codes(lambda: sign(Principal(new_id(), "x", grants=viewer), "lecturer")) == ["nobody-known"]
    assert codes(lambda: sign(Principal(account, "x", grants=viewer), "reception")) == [
        "role-not-needed",
        "not-qualified",
    ]
    assert sign(Principal(account, "x", grants=viewer), "lecturer").person_id == me


def test_a_merge_keeps_one_duty_at_a_time_and_an_erasure_ends_what_lies_ahead(
    runtime: Runtime, shift: Planner, member: Member, at: At, on: Callable[..., Duty]
) -> None:
    old, new = member("甲", roles=("lecturer", "reception")), member("乙")
    both, alone = shift(at(9, day=9), at(12, day=9), reception=2), shift(at(9, day=11), at(12, day=11))
    for shift_id, person in ((both.id, old), (both.id, new), (alone.id, old)):
        on(shift_id, person)
    receive(runtime, "membership", "person.merged", old, {"person_id": str(old), "into_id": str(new)})
    with runtime.reading() as session:
        live = session.execute(select(Duty.shift_id, Duty.person_id).where(Duty.live)).all()
        assert sorted(map(tuple, live)) == sorted([(both.id, new), (alone.id, new)])
        [staying] = session.scalars(select(TeamMember)).all()
        assert (staying.person_id, staying.roles) == (new, ["fire-safety", "lecturer", "reception"])
    receive(runtime, "membership", "person.erased", new, {"person_id": str(new)})
    reasons = [event.data["reason"] for event in recorded(runtime, "duty.released")]
    assert sorted(reasons) == ["erased", "erased", "merged"]
    opened = [event.subject for event in recorded(runtime, "shift.opened")][2:]
    assert Counter(opened) == {f"shift/{both.id}": 1, f"shift/{alone.id}": 1}


def test_snapshots_say_the_present_state_page_by_page(
    runtime: Runtime, shift: Planner, member: Member, at: At, on: Callable[..., Duty]
) -> None:
    made = sorted((shift(at(9, day=day), at(12, day=day)) for day in (8, 9)), key=lambda one: one.id)
    duty = on(made[0].id, person := member())
    with runtime.unit_of_work() as work:
        cancel_shift(work, made[1].id)
    with runtime.reading() as session:
        pages = [snapshots.shifts(session, after, None, 1) for after in (None, made[0].id, made[1].id)]
        [(duty_id, said)] = snapshots.duties(session, None, duty.id, 10)
    told = [(shift_id, shift_snapshot.check(data)) for page in pages for shift_id, data in page]
    states = [(shift_id, data["state"], data["missing"]) for shift_id, data in told]
    assert states == [(made[0].id, "planned", 0), (made[1].id, "cancelled", 0)]
    assert (duty_id, duty_snapshot.check(said)["state"], said["person_id"]) == (duty.id, "assigned", person)

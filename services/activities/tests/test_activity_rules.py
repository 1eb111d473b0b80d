"""What a plan must say."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from activities.activity.rules import Need, Plan, SessionPlan, check_capacity, check_plan
from shared.refusal import Refused
from shared.testing.fakes import SettableClock


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {reason.code for reason in refused.value.reasons}


def test_a_good_plan_passes(plan: Callable[..., Plan]) -> None:
    check_plan(plan())


def test_every_broken_rule_is_named_at_once(plan: Callable[..., Plan], clock: SettableClock) -> None:
    now = clock.now
    broken = plan(kind="party-game", title_zh=" ", bodies=("choir",), needs=(Need("a", 0), Need("a", 1)))
    reversed_session = SessionPlan(now + timedelta(hours=2), now, 0)
    with pytest.raises(Refused) as refused:
        check_plan(Plan(**{**broken.__dict__, "sessions": (reversed_session,)}))
    assert codes(refused) == {
        "kind-unknown",
        "title-missing",
        "body-unknown",
        "session-reversed",
        "capacity-impossible",
        "need-twice",
        "need-impossible",
    }


def test_sessions_of_one_activity_follow_each_other(plan: Callable[..., Plan], clock: SettableClock) -> None:
    now = clock.now
    first = SessionPlan(now, now + timedelta(hours=2), 5)
    touching = SessionPlan(now + timedelta(hours=2), now + timedelta(hours=3), 5)
    check_plan(Plan(**{**plan().__dict__, "sessions": (first, touching)}))
    overlapping = SessionPlan(now + timedelta(hours=1), now + timedelta(hours=3), 5)
    with pytest.raises(Refused) as refused:
        check_plan(Plan(**{**plan().__dict__, "sessions": (first, overlapping)}))
    assert codes(refused) == {"sessions-overlap"}


def test_an_activity_needs_a_room_or_says_where_it_is(plan: Callable[..., Plan]) -> None:
    with pytest.raises(Refused) as refused:
        check_plan(plan(needs=()))
    assert codes(refused) == {"place-missing"}
    check_plan(plan(needs=(), venue_zh="操场"))


def test_registration_closes_after_it_opens(plan: Callable[..., Plan], clock: SettableClock) -> None:
    with pytest.raises(Refused) as refused:
        check_plan(plan(registration_opens_at=clock.now, registration_closes_at=clock.now))
    assert codes(refused) == {"registration-reversed"}


def test_a_capacity_below_the_confirmed_is_refused_with_their_number() -> None:
    with pytest.raises(Refused) as refused:
        check_capacity("published", 11, confirmed=12)
    assert refused.value.code == "capacity-below-confirmed"
    assert refused.value.reasons[0].facts == {"confirmed": 12}
    check_capacity("published", 12, confirmed=12)

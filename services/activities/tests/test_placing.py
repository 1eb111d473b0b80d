"""The way from draft to published: a hold that is granted, refused, or ends, and answers that come too late."""

from datetime import timedelta
from typing import Any

import pytest

from activities.activity.commands import (
    cancel_activity,
    lock_activity,
    move_activity,
    publish_activity,
    withdraw_activity,
)
from activities.activity.queries import history
from activities.timers import complete
from shared.identifiers import new_id
from shared.refusal import Refused
from shared.testing.delivery import receive


def test_publishing_asks_for_all_that_the_sessions_need(desk: Any) -> None:
    activity = desk.asked(sessions=2)
    assert activity.state == "placing"
    [(_, data)] = desk.events("activity.place-requested")
    assert (data["request_version"], data["bodies"], data["title_zh"]) == (1, ["union", "women"], "小候鸟培训班")
    assert [session["needs"] for session in data["sessions"]] == [[{"resource_code": "activity", "quantity": 1}]] * 2


def test_a_granted_hold_makes_it_public_with_its_place(desk: Any) -> None:
    activity = desk.asked()
    desk.grant(activity.id, 1)
    assert desk.activity(activity.id).state == "published"
    [(_, data)] = desk.events("activity.published")
    assert data["request_version"] == 1
    assert (data["sessions"][0]["place_zh"], data["sessions"][0]["place_en"]) == ("活动室", "Activity room")


def test_an_activity_without_needs_is_public_at_once(desk: Any) -> None:
    activity = desk.published()
    assert activity.state == "published"
    assert [name for name, _ in desk.events()] == ["activity.published"]


def test_an_answer_to_another_request_changes_nothing(desk: Any) -> None:
    activity = desk.asked()
    desk.grant(activity.id, 2)
    desk.grant(new_id(), 1)
    desk.refuse(activity.id, 7)
    assert desk.activity(activity.id).state == "placing"
    desk.grant(activity.id, 1)
    desk.grant(activity.id, 1)
    assert len(desk.events("activity.published")) == 1


def test_the_answer_to_somebody_elses_request_changes_nothing(desk: Any) -> None:
    activity = desk.asked()
    receive(
        desk.runtime,
        "facilities",
        "hold.granted",
        new_id(),
        {
            "requested_by": {"source": "/services/welfare", "id": str(activity.id), "version": 1},
            "place_zh": "谈心室",
            "place_en": "Room",
        },
    )
    assert desk.activity(activity.id).state == "placing"


def test_a_refused_hold_leads_back_to_draft_with_reasons_and_alternatives(desk: Any) -> None:
    activity = desk.asked()
    desk.refuse(activity.id, 1)
    back = desk.activity(activity.id)
    assert back.state == "draft"
    assert back.notice["kind"] == "place-refused"
    assert back.notice["reasons"][0]["code"] == "taken"
    assert back.notice["alternatives"][0]["resource_code"] == "reading"


def test_a_hold_that_ends_before_publishing_leads_back_to_draft(desk: Any) -> None:
    activity = desk.asked()
    desk.release(activity.id, 1)
    back = desk.activity(activity.id)
    assert (back.state, back.notice) == ("draft", {"kind": "hold-released", "reason": "expired"})


def test_asking_again_counts_on_and_a_late_grant_of_the_first_request_is_ignored(desk: Any) -> None:
    activity = desk.asked()
    desk.refuse(activity.id, 1)
    with desk.runtime.unit_of_work() as work:
        publish_activity(work, lock_activity(work, activity.id))
    desk.grant(activity.id, 1)
    assert desk.activity(activity.id).state == "placing"
    desk.grant(activity.id, 2)
    assert desk.activity(activity.id).state == "published"


def test_a_withdrawn_request_frees_what_was_held(desk: Any) -> None:
    activity = desk.asked()
    with desk.runtime.unit_of_work() as work:
        withdraw_activity(work, lock_activity(work, activity.id))
    assert desk.activity(activity.id).state == "draft"
    assert desk.events("activity.place-released")[0][1]["request_version"] == 1
    desk.grant(activity.id, 1)
    assert desk.activity(activity.id).state == "draft"


def moved(desk: Any, activity: Any, **later: float) -> None:
    session = activity.sessions[0]
    times = {session.id: (session.starts_at + timedelta(**later), session.ends_at + timedelta(**later))}
    with desk.runtime.unit_of_work() as work:
        move_activity(work, lock_activity(work, activity.id), times)


def test_a_move_keeps_the_old_place_until_the_new_one_is_granted(desk: Any) -> None:
    activity = desk.placed()
    old = activity.sessions[0].starts_at
    moved(desk, activity, hours=3)
    waiting = desk.activity(activity.id)
    assert (waiting.state, waiting.sessions[0].starts_at, waiting.placing_version) == ("published", old, 2)
    request = desk.events("activity.place-requested")[-1][1]
    assert request["request_version"] == 2
    assert request["sessions"][0]["starts_at"].startswith("2026-11-24T04:00")

    desk.grant(activity.id, 2, place="阅览室")
    new = desk.activity(activity.id)
    assert new.sessions[0].starts_at == old + timedelta(hours=3)
    assert (new.place_zh, new.place_version, new.placing_version) == ("阅览室", 2, None)
    changed = desk.events("activity.changed")[-1][1]
    assert (changed["request_version"], changed["changes"]) == (2, ["times", "place"])
    assert [data["request_version"] for _, data in desk.events("activity.place-released")] == [1]


def test_a_refused_move_leaves_everything_as_it_was_and_says_why(desk: Any) -> None:
    activity = desk.placed()
    moved(desk, activity, hours=3)
    desk.refuse(activity.id, 2)
    same = desk.activity(activity.id)
    assert (same.state, same.sessions[0].starts_at, same.place_version) == ("published", activity.starts_at, 1)
    assert (same.notice["kind"], same.sessions[0].moving_starts_at) == ("move-refused", None)


def test_one_move_at_a_time_and_only_to_times_ahead(desk: Any) -> None:
    activity = desk.placed()
    moved(desk, activity, hours=3)
    with pytest.raises(Refused) as refused:
        moved(desk, activity, hours=4)
    assert refused.value.code == "move-under-way"
    other = desk.published()
    with pytest.raises(Refused) as refused:
        moved(desk, other, days=-2)
    assert refused.value.code == "session-in-the-past"


def test_a_move_without_needs_takes_effect_at_once(desk: Any) -> None:
    activity = desk.published()
    moved(desk, activity, days=1)
    assert desk.activity(activity.id).starts_at == activity.starts_at + timedelta(days=1)
    assert desk.events("activity.changed")[-1][1]["changes"] == ["times"]


def test_a_cancelled_activity_frees_its_place_and_the_one_it_asked_for(desk: Any) -> None:
    activity = desk.placed()
    moved(desk, activity, hours=3)
    with desk.runtime.unit_of_work() as work:
        cancel_activity(work, lock_activity(work, activity.id), "高温")
    assert [data["request_version"] for _, data in desk.events("activity.place-released")] == [1, 2]
    assert desk.events("activity.cancelled")[-1][1]["reason"] == "高温"
    desk.grant(activity.id, 2)
    assert desk.activity(activity.id).state == "cancelled"


def test_a_cancellation_says_why(desk: Any) -> None:
    activity = desk.published()
    with pytest.raises(Refused) as refused, desk.runtime.unit_of_work() as work:
        cancel_activity(work, lock_activity(work, activity.id), "  ")
    assert refused.value.code == "reason-missing"


def test_a_cancelled_booking_flags_the_activity_it_belongs_to(desk: Any) -> None:
    activity, booking_id = desk.asked(), new_id()
    desk.grant(activity.id, 1, booking_id=booking_id)
    receive(desk.runtime, "facilities", "booking.cancelled", new_id(), {"booking_id": str(new_id())})
    assert desk.activity(activity.id).flagged_at is None
    receive(
        desk.runtime,
        "facilities",
        "booking.cancelled",
        booking_id,
        {"booking_id": str(booking_id), "reason": "closure"},
    )
    flagged = desk.activity(activity.id)
    assert flagged.flagged_at is not None
    assert flagged.notice == {"kind": "booking-cancelled", "resource_code": "activity", "reason": "closure"}


def test_a_hold_that_expired_although_it_was_published_is_flagged(desk: Any) -> None:
    activity = desk.placed()
    desk.release(activity.id, 1)
    flagged = desk.activity(activity.id)
    assert (flagged.state, flagged.notice["kind"]) == ("published", "place-lost")


def test_a_place_that_went_to_somebody_else_after_publishing_is_flagged(desk: Any) -> None:
    activity = desk.placed()
    desk.refuse(activity.id, 1)
    flagged = desk.activity(activity.id)
    assert (flagged.state, flagged.notice["kind"]) == ("published", "place-lost")


def test_what_a_granted_move_replaces_raises_no_alarm_in_any_order(desk: Any) -> None:
    activity, booking_id = desk.asked(), new_id()
    desk.grant(activity.id, 1, booking_id=booking_id)
    moved(desk, desk.activity(activity.id), hours=3)
    desk.release(activity.id, 1, "replaced")
    receive(desk.runtime, "facilities", "booking.cancelled", booking_id, {"booking_id": str(booking_id)})
    assert desk.activity(activity.id).flagged_at is None
    desk.grant(activity.id, 2)
    assert desk.activity(activity.id).flagged_at is None


def test_a_booking_lost_while_a_move_was_asked_for_is_flagged_when_the_move_is_refused(desk: Any) -> None:
    activity, booking_id = desk.asked(), new_id()
    desk.grant(activity.id, 1, booking_id=booking_id)
    moved(desk, desk.activity(activity.id), hours=3)
    receive(desk.runtime, "facilities", "booking.cancelled", booking_id, {"booking_id": str(booking_id)})
    desk.refuse(activity.id, 2)
    assert desk.activity(activity.id).notice["kind"] == "booking-cancelled"


def test_a_place_that_expired_during_a_move_is_flagged_only_when_the_move_comes_to_nothing(desk: Any) -> None:
    for answer in (desk.grant, desk.refuse, desk.release):
        activity = desk.placed()
        moved(desk, activity, hours=3)
        desk.refuse(activity.id, 1)
        assert desk.activity(activity.id).flagged_at is None
        answer(activity.id, 2)
        assert (desk.activity(activity.id).flagged_at is None) == (answer == desk.grant)


def test_a_replacement_that_overtakes_its_grant_raises_no_alarm(desk: Any) -> None:
    activity, booking_id = desk.asked(), new_id()
    desk.release(activity.id, 1, "replaced")
    assert (desk.activity(activity.id).state, desk.activity(activity.id).notice) == ("placing", None)
    desk.grant(activity.id, 1, booking_id=booking_id)
    replaced = {"booking_id": str(booking_id), "reason": "replaced"}
    receive(desk.runtime, "facilities", "booking.cancelled", booking_id, replaced)
    desk.release(activity.id, 1, "replaced")
    kept = desk.activity(activity.id)
    assert (kept.state, kept.notice, kept.flagged_at) == ("published", None, None)


def test_a_replaced_booking_is_lost_when_what_replaced_it_came_to_nothing(desk: Any) -> None:
    activity, booking_id = desk.asked(), new_id()
    desk.grant(activity.id, 1, booking_id=booking_id)
    moved(desk, desk.activity(activity.id), hours=3)
    desk.release(activity.id, 2)
    assert desk.activity(activity.id).notice["kind"] == "hold-released"
    replaced = {"booking_id": str(booking_id), "reason": "replaced"}
    receive(desk.runtime, "facilities", "booking.cancelled", booking_id, replaced)
    assert desk.activity(activity.id).notice["kind"] == "booking-cancelled"


def test_the_history_tells_what_happened_with_the_hold(desk: Any) -> None:
    activity = desk.asked()
    desk.refuse(activity.id, 1)
    with desk.runtime.reading() as session:
        assert [row.action for row in history(session, activity.id)] == [
            "place-refused",
            "place-requested",
            "activity-drafted",
        ]


def test_an_activity_that_is_over_is_completed_by_the_timer(desk: Any, clock: Any) -> None:
    activity = desk.placed()
    assert complete(desk.runtime) == 0
    clock.advance(days=2)
    assert complete(desk.runtime) == 1
    assert complete(desk.runtime) == 0
    assert desk.activity(activity.id).state == "completed"
    assert len(desk.events("activity.completed")) == 1

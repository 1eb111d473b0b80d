"""Whoever registered is told of other times and another place: an event for each person, when it really is so."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient

from activities.activity.commands import edit_activity, lock_activity, move_activity
from activities.activity.models import Activity, Session
from activities.app import create_app
from activities.registration.commands import cancel_registration
from shared.principal import Grant
from shared.testing.web import add_staff, sign_in


def move(desk: Any, activity: Activity, *sessions: Session, hours: int = 3) -> None:
    later = timedelta(hours=hours)
    times = {one.id: (one.starts_at + later, one.ends_at + later) for one in sessions or activity.sessions}
    with desk.runtime.unit_of_work() as work:
        move_activity(work, lock_activity(work, activity.id), times)


def told(desk: Any) -> dict[UUID, dict[str, Any]]:
    """What each person was told of a move; one event a person."""
    events = [data for _, data in desk.events("registration.moved")]
    by_person = {UUID(data["person_id"]): data for data in events}
    assert len(events) == len(by_person)
    return by_person


def test_each_active_registration_is_told_when_the_move_is_granted_and_not_before(desk: Any) -> None:
    activity = desk.placed(capacity=1)
    placed, waiting, gone = desk.people(3)
    desk.register(activity.id, placed)
    desk.register(activity.id, waiting)
    [left] = desk.register(activity.id, gone)
    with desk.runtime.unit_of_work() as work:
        cancel_registration(work, left.id)
    move(desk, activity)
    assert told(desk) == {}
    desk.grant(activity.id, 2, place="阅览室")
    desk.grant(activity.id, 2, place="阅览室")
    assert {person: data["state"] for person, data in told(desk).items()} == {
        placed: "confirmed",
        waiting: "waitlisted",
    }
    data = told(desk)[placed]
    new = desk.activity(activity.id)
    assert data["starts_at"] == new.starts_at.isoformat()
    assert data["was_starts_at"] == activity.starts_at.isoformat()
    assert data["was_ends_at"] == activity.ends_at.isoformat()
    assert (data["place_zh"], data["was_place_zh"]) == ("阅览室", "活动室")
    assert desk.states(activity.id)[placed] == "confirmed"


def test_a_refused_move_tells_nobody(desk: Any) -> None:
    activity = desk.placed()
    desk.register(activity.id, *desk.people(1))
    move(desk, activity)
    desk.refuse(activity.id, 2)
    assert told(desk) == {}


def test_only_the_sessions_that_move_concern_their_people(desk: Any) -> None:
    activity = desk.placed(sessions=2)
    first, second = desk.people(2)
    for person_id, session in zip((first, second), activity.sessions, strict=True):
        desk.register(activity.id, person_id, session_id=session.id)
    move(desk, activity, activity.sessions[1])
    desk.grant(activity.id, 2)
    assert set(told(desk)) == {second}


def test_another_place_concerns_the_sessions_that_are_still_to_come(desk: Any, clock: Any) -> None:
    activity = desk.placed(sessions=2)
    people = desk.people(2)
    for person_id, session in zip(people, activity.sessions, strict=True):
        desk.register(activity.id, person_id, session_id=session.id)
    clock.now = activity.sessions[0].ends_at + timedelta(hours=1)
    move(desk, activity, activity.sessions[1])
    desk.grant(activity.id, 2, place="阅览室")
    assert set(told(desk)) == {people[1]}


def test_without_needs_people_are_told_at_once(desk: Any) -> None:
    activity = desk.published()
    people = desk.people(2)
    desk.register(activity.id, *people)
    move(desk, activity)
    assert {data["was_starts_at"] for data in told(desk).values()} == {activity.starts_at.isoformat()}
    assert set(told(desk)) == set(people)


def test_another_place_outside_the_centre_is_told_other_words_are_not(desk: Any) -> None:
    activity = desk.published()
    [person] = desk.people(1)
    desk.register(activity.id, person)
    for changes in ({"description_zh": "自带水杯"}, {"venue_zh": "体育馆", "venue_en": "Gym"}):
        assert told(desk) == {}
        with desk.runtime.unit_of_work() as work:
            edit_activity(work, lock_activity(work, activity.id), changes)
    data = told(desk)[person]
    assert (data["place_zh"], data["was_place_zh"], data["was_starts_at"]) == ("体育馆", "操场", data["starts_at"])
    assert [changed["changes"] for _, changed in desk.events("activity.changed")] == [["words"], ["words", "place"]]


def test_the_move_page_says_who_will_be_told_and_the_history_who_was(desk: Any) -> None:
    activity = desk.placed(capacity=1)
    for person_id in desk.people(2):
        desk.register(activity.id, person_id)
    add_staff(desk.runtime, "manager", Grant("manager", "*"), language="en")
    staff: FlaskClient = create_app(desk.runtime).test_client()
    sign_in(staff, "manager")
    page = staff.get(f"/activities/{activity.id}/move").text
    assert "1 confirmed and 1 waiting people will get a message." in page
    assert "written to when the place is granted" in page
    move(desk, activity)
    desk.grant(activity.id, 2)
    assert "2 people concerned" in staff.get(f"/activities/{activity.id}").text

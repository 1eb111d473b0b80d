"""Places and the waiting list: counted under a row lock, held by the database, nobody passed or dropped silently."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from activities.activity.commands import cancel_activity, edit_activity, lock_activity
from activities.activity.models import Session
from activities.registration.commands import cancel_registration, register_people, set_capacity
from activities.registration.models import Registration
from activities.registration.queries import concerned, get_group, participants, places, waiting_list
from shared.database import violated
from shared.identifiers import new_id
from shared.principal import Grant, Principal
from shared.refusal import Forbidden, Refused


def cancel(desk: Any, registration: Registration, **how: Any) -> None:
    with desk.runtime.unit_of_work() as work:
        cancel_registration(work, registration.id, **how)


def names(desk: Any) -> list[str]:
    return [name for name, _ in desk.events() if name.startswith("registration.")]


def test_the_first_get_places_and_the_next_wait_with_their_number(desk: Any) -> None:
    activity = desk.placed(capacity=2)
    for person_id in desk.people(4):
        desk.register(activity.id, person_id)
    assert names(desk) == ["registration.confirmed"] * 2 + ["registration.waitlisted"] * 2
    waitlisted = [data for _, data in desk.events("registration.waitlisted")]
    assert [data["waiting_number"] for data in waitlisted] == [1, 2]
    assert (waitlisted[0]["place_zh"], waitlisted[0]["title_en"]) == ("活动室", "Summer class")


def test_a_family_waits_together_when_not_all_fit(desk: Any) -> None:
    activity = desk.placed(capacity=2)
    single, one, two = desk.people(3)
    desk.register(activity.id, single)
    family = desk.register(activity.id, one, two)
    assert [row.state for row in family] == ["waitlisted", "waitlisted"]
    assert {row.group_id for row in family} == {family[0].id}


def test_a_newcomer_does_not_take_the_place_that_a_family_waits_for(desk: Any) -> None:
    activity = desk.placed(capacity=2)
    single, one, two, late = desk.people(4)
    desk.register(activity.id, single)
    desk.register(activity.id, one, two)
    assert desk.register(activity.id, late)[0].state == "waitlisted"
    with desk.runtime.reading() as session:
        waiting = waiting_list(session, activity, activity.sessions[0])
        assert [(entry.waiting_number, entry.wait.code) for entry in waiting] == [
            (1, "together"),
            (2, "together"),
            (3, "behind-family"),
        ]


def test_where_families_may_be_passed_a_free_place_is_free_for_who_fits(desk: Any) -> None:
    activity = desk.placed(capacity=2, families_may_be_passed=True)
    single, one, two, late = desk.people(4)
    desk.register(activity.id, single)
    assert desk.register(activity.id, one, two)[0].state == "waitlisted"
    assert desk.register(activity.id, late)[0].state == "confirmed"


def test_the_waiting_list_moves_up_when_the_activity_begins_to_let_families_be_passed(desk: Any) -> None:
    activity = desk.placed(capacity=2)
    single, one, two, late = desk.people(4)
    desk.register(activity.id, single)
    desk.register(activity.id, one, two)
    desk.register(activity.id, late)
    with desk.runtime.unit_of_work() as work:
        edit_activity(work, lock_activity(work, activity.id), {"families_may_be_passed": True})
    assert desk.states(activity.id) == {
        single: "confirmed",
        one: "waitlisted",
        two: "waitlisted",
        late: "confirmed",
    }


def test_a_place_given_back_goes_to_who_is_first_in_line(desk: Any) -> None:
    activity = desk.placed(capacity=1)
    first, second, third = desk.people(3)
    [row] = desk.register(activity.id, first)
    desk.register(activity.id, second)
    desk.register(activity.id, third)
    cancel(desk, row)
    assert desk.states(activity.id) == {first: "cancelled", second: "confirmed", third: "waitlisted"}
    assert names(desk)[-2:] == ["registration.cancelled", "registration.promoted"]
    cancelled = desk.events("registration.cancelled")[-1][1]
    assert (cancelled["was"], cancelled["reason"]) == ("confirmed", "own")
    with desk.runtime.reading() as session:
        [entry] = waiting_list(session, activity, activity.sessions[0])
        assert (entry.person_id, entry.waiting_number) == (third, 1)


def test_who_leaves_the_waiting_list_frees_no_place(desk: Any) -> None:
    activity = desk.placed(capacity=1)
    first, second, third = desk.people(3)
    desk.register(activity.id, first)
    [waiting] = desk.register(activity.id, second)
    desk.register(activity.id, third)
    cancel(desk, waiting, reason="staff")
    assert desk.states(activity.id)[third] == "waitlisted"
    assert desk.events("registration.cancelled")[-1][1]["was"] == "waitlisted"
    assert desk.events("registration.promoted") == []


def test_a_family_at_the_head_moves_up_once_all_its_places_are_free(desk: Any) -> None:
    activity = desk.placed(capacity=2)
    one, two, father, mother, late = desk.people(5)
    first = desk.register(activity.id, one)[0]
    second = desk.register(activity.id, two)[0]
    desk.register(activity.id, father, mother)
    desk.register(activity.id, late)
    cancel(desk, first)
    assert desk.events("registration.promoted") == []
    cancel(desk, second)
    assert [desk.states(activity.id)[person] for person in (father, mother, late)] == [
        "confirmed",
        "confirmed",
        "waitlisted",
    ]


def test_a_whole_family_gives_its_places_back_together(desk: Any) -> None:
    activity = desk.placed(capacity=2)
    father, mother, late = desk.people(3)
    family = desk.register(activity.id, father, mother)
    desk.register(activity.id, late)
    cancel(desk, family[0], whole_group=True)
    assert desk.states(activity.id) == {father: "cancelled", mother: "cancelled", late: "confirmed"}


def test_a_raised_capacity_lets_the_waiting_list_move_up(desk: Any) -> None:
    activity = desk.placed(capacity=1)
    people = desk.people(4)
    for person_id in people:
        desk.register(activity.id, person_id)
    with desk.runtime.unit_of_work() as work:
        set_capacity(work, activity.sessions[0].id, 3)
    assert [desk.states(activity.id)[person] for person in people] == ["confirmed"] * 3 + ["waitlisted"]
    assert desk.events("activity.changed")[-1][1]["changes"] == ["capacity"]


def test_a_capacity_below_the_confirmed_is_refused_with_their_number(desk: Any) -> None:
    activity = desk.placed(capacity=2)
    for person_id in desk.people(2):
        desk.register(activity.id, person_id)
    with pytest.raises(Refused) as refused, desk.runtime.unit_of_work() as work:
        set_capacity(work, activity.sessions[0].id, 1)
    assert refused.value.reasons[0].facts["confirmed"] == 2


def test_the_database_itself_keeps_a_session_from_being_overfilled(desk: Any) -> None:
    activity = desk.placed(capacity=1)
    first, second = desk.people(2)
    desk.register(activity.id, first)
    desk.register(activity.id, second)
    with pytest.raises(IntegrityError) as caught, desk.runtime.unit_of_work() as work:
        work.session.execute(update(Registration).values(state="confirmed", queue_number=None))
    assert violated(caught.value) == "registrations_capacity"
    with desk.runtime.unit_of_work() as work:
        work.session.execute(update(Session).values(capacity=2))
        work.session.execute(update(Registration).values(state="confirmed", queue_number=None))
    with pytest.raises(IntegrityError) as caught, desk.runtime.unit_of_work() as work:
        work.session.execute(update(Session).values(capacity=1))
    assert violated(caught.value) == "sessions_capacity"


def test_nobody_is_registered_twice_while_active_but_may_come_back(desk: Any) -> None:
    activity = desk.placed()
    [person_id] = desk.people(1)
    [row] = desk.register(activity.id, person_id)
    with pytest.raises(Refused) as refused:
        desk.register(activity.id, person_id)
    assert (refused.value.code, refused.value.status) == ("already-registered", 409)
    cancel(desk, row)
    assert desk.register(activity.id, person_id)[0].state == "confirmed"


def test_a_family_with_an_unknown_person_is_refused_as_a_whole(desk: Any) -> None:
    activity = desk.placed()
    [known] = desk.people(1)
    with pytest.raises(Refused) as refused:
        desk.register(activity.id, known, new_id())
    reason = refused.value.reasons[0]
    assert (refused.value.status, reason.code, reason.field) == (422, "person-unknown", "person_ids")
    assert desk.states(activity.id) == {}


def test_one_registers_for_published_activities_in_their_window(desk: Any, clock: Any) -> None:
    [person_id] = desk.people(1)
    draft = desk.draft()
    with pytest.raises(Refused) as refused:
        desk.register(draft.id, person_id)
    assert refused.value.code == "activity-not-published"
    activity = desk.published(
        registration_opens_at=clock.now + timedelta(hours=1), registration_closes_at=clock.now + timedelta(hours=2)
    )
    with pytest.raises(Refused) as refused:
        desk.register(activity.id, person_id)
    assert refused.value.code == "registration-not-open"
    clock.advance(hours=1)
    desk.register(activity.id, person_id)
    clock.advance(hours=1)
    with pytest.raises(Refused) as refused:
        desk.register(activity.id, *desk.people(1))
    assert refused.value.code == "registration-closed"


def test_of_several_sessions_one_is_named(desk: Any) -> None:
    activity = desk.published(sessions=2)
    [person_id] = desk.people(1)
    with pytest.raises(Refused) as refused:
        desk.register(activity.id, person_id)
    assert (refused.value.code, refused.value.reasons[0].field) == ("session-missing", "session_id")
    [row] = desk.register(activity.id, person_id, session_id=activity.sessions[1].id)
    assert row.session_id == activity.sessions[1].id


def test_cancelling_an_activity_tells_each_one_exactly_what_they_lose(desk: Any) -> None:
    activity = desk.placed(capacity=1)
    placed, waiting, gone = desk.people(3)
    desk.register(activity.id, placed)
    desk.register(activity.id, waiting)
    [left] = desk.register(activity.id, gone)
    cancel(desk, left)
    with desk.runtime.reading() as session:
        assert concerned(session, activity, desk.runtime.clock()) == (1, 1)
    with desk.runtime.unit_of_work() as work:
        cancel_activity(work, lock_activity(work, activity.id), "高温停课")
    told = [data for _, data in desk.events("registration.cancelled") if data["reason"] == "activity-cancelled"]
    assert {UUID(data["person_id"]): data["was"] for data in told} == {placed: "confirmed", waiting: "waitlisted"}
    assert {data["because"] for data in told} == {"高温停课"}
    assert desk.events("registration.promoted") == []
    with desk.runtime.reading() as session:
        assert places(session, activity.sessions)[activity.sessions[0].id].confirmed == 0
        assert participants(session, activity.sessions[0].id) == []


def test_words_of_a_published_activity_may_change_its_frame_may_not(desk: Any) -> None:
    activity = desk.published()
    with desk.runtime.unit_of_work() as work:
        edit_activity(work, lock_activity(work, activity.id), {"description_zh": "自带水杯"})
    assert desk.events("activity.changed")[-1][1]["changes"] == ["words"]
    with pytest.raises(Refused) as refused, desk.runtime.unit_of_work() as work:
        edit_activity(work, lock_activity(work, activity.id), {"sessions": ()})
    assert refused.value.code == "published-frame"


def test_an_officer_of_another_body_may_not_register_people(desk: Any) -> None:
    activity = desk.placed()
    [person_id] = desk.people(1)
    league = Principal(new_id(), "League", grants=(Grant("manager", "league"),))
    with pytest.raises(Forbidden), desk.runtime.unit_of_work(actor=league) as work:
        register_people(work, activity.id, [person_id])
    women = Principal(new_id(), "Women", grants=(Grant("officer", "women"),))
    with desk.runtime.unit_of_work(actor=women) as work:
        register_people(work, activity.id, [person_id])


def test_many_at_once_get_exactly_the_places_there_are(desk: Any) -> None:
    activity = desk.placed(capacity=10)
    people = desk.people(40)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda person_id: desk.register(activity.id, person_id), people))
    states = list(desk.states(activity.id).values())
    assert (states.count("confirmed"), states.count("waitlisted")) == (10, 30)
    numbers = [data["waiting_number"] for _, data in desk.events("registration.waitlisted")]
    assert sorted(numbers) == list(range(1, 31))


def test_cancelling_and_registering_at_once_fills_every_place_in_order(desk: Any) -> None:
    activity = desk.placed(capacity=5)
    first = [desk.register(activity.id, person_id)[0] for person_id in desk.people(10)]
    newcomers = desk.people(10)
    work = [lambda row=row: cancel(desk, row) for row in first[:5]]
    work += [lambda person=person: desk.register(activity.id, person) for person in newcomers]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda step: step(), work))
    with desk.runtime.reading() as session:
        confirmed = {entry.person_id for entry in participants(session, activity.sessions[0].id)}
    assert confirmed == {row.person_id for row in first[5:]}


def test_cancelling_the_activity_while_people_register_leaves_nobody_behind(desk: Any) -> None:
    activity = desk.placed(capacity=5)

    refusals: list[str] = []

    def register(person_id: UUID) -> None:
        try:
            desk.register(activity.id, person_id)
        except Refused as refused:
            refusals.append(refused.code)

    def end() -> None:
        with desk.runtime.unit_of_work() as work:
            cancel_activity(work, lock_activity(work, activity.id), "停电")

    people = desk.people(16)
    steps = [lambda person=person: register(person) for person in people]
    steps.insert(8, end)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda step: step(), steps))
    assert set(refusals) <= {"activity-not-published"}
    assert set(desk.states(activity.id).values()) <= {"cancelled"}
    registered = len(desk.events("registration.confirmed", "registration.waitlisted"))
    assert len(desk.events("registration.cancelled")) == registered


def test_what_was_registered_together_is_read_together(desk: Any) -> None:
    activity = desk.placed(capacity=2)
    father, mother = desk.people(2)
    rows = desk.register(activity.id, father, mother)
    with desk.runtime.reading() as session:
        group = get_group(session, rows[0].id)
        assert [entry.person_id for entry in group.registrations] == [father, mother]
        assert session.scalars(select(Registration.group_id).distinct()).all() == [rows[0].id]

"""Talks: a place asked for over the bus, neutral events, sealed notes."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from shared.database.tables import AuditRow
from shared.identifiers import new_id
from shared.refusal import Forbidden, NotFound, Refused
from shared.testing.delivery import receive, recorded
from welfare import wall
from welfare.confidential.models import CaseText
from welfare.confidential.texts import MissingKey, check_keys, read_text
from welfare.talks.commands import arrange_talk, cancel_talk, hold_talk, move_talk, record_talk
from welfare.talks.models import Talk


def arrange(centre, when, hour: int = 2, body: str = "union") -> Talk:
    with centre.work() as work:
        return arrange_talk(work, body=body, person_id=centre.person(3), starts_at=when(hour), ends_at=when(hour, 45))


def walk_in(centre, when, note: str | None = "SECRET-NOTE", actor=None, body: str = "union") -> Talk:
    with centre.work(actor) as work:
        return record_talk(
            work,
            centre.keys,
            body=body,
            person_id=centre.person(3),
            starts_at=when(0, day=20),
            ends_at=when(1, day=20),
            outcome="advised",
            note=note,
        )


def answer(centre, talk: Talk, name: str, version: int | None = None, **more) -> None:
    hold = new_id()
    asked = {"source": "welfare", "id": str(talk.id), "version": version or talk.request_version}
    receive(centre.runtime, "facilities", name, hold, {"hold_id": str(hold), "requested_by": asked, **more})


def grant(centre, talk: Talk, version: int | None = None) -> None:
    answer(centre, talk, "hold.granted", version, place_zh="谈心室", place_en="Heart-to-heart room")


def seen(centre, talk: Talk) -> Talk:
    with centre.runtime.reading() as session:
        return wall.find(session, Talk, talk.id, centre.drafter)


def names(centre) -> list[str]:
    return [event.type.split(".", 3)[3] for event in recorded(centre.runtime)]


def test_an_appointment_asks_facilities_for_the_room_and_tells_nobody_yet(centre, when) -> None:
    talk = arrange(centre, when)
    [event] = recorded(centre.runtime)
    assert event.data == {
        "talk_id": str(talk.id),
        "request_version": 1,
        "resource_code": "heart-to-heart",
        "starts_at": "2026-11-24T02:00:00+00:00",
        "ends_at": "2026-11-24T02:45:00+00:00",
    }


def test_a_granted_room_schedules_the_talk_in_neutral_words(centre, when) -> None:
    talk = arrange(centre, when)
    grant(centre, talk)
    assert (seen(centre, talk).state, seen(centre, talk).place_zh) == ("scheduled", "谈心室")
    [event] = recorded(centre.runtime, "talk.scheduled")
    assert set(event.data) == {
        "talk_id",
        "person_id",
        "body",
        "starts_at",
        "ends_at",
        "request_version",
        "place_zh",
        "place_en",
    }


def test_a_refused_room_asks_staff_for_another_time_with_the_reasons(centre, when) -> None:
    talk = arrange(centre, when)
    other = {"resource_code": "heart-to-heart", "starts_at": "2026-11-24T05:00:00Z", "ends_at": "2026-11-24T05:45:00Z"}
    answer(centre, talk, "hold.refused", reasons=[{"code": "slot-taken", **other}], alternatives=[other])
    found = seen(centre, talk)
    assert (found.state, found.refusals["reasons"][0]["code"]) == ("unplaced", "slot-taken")
    assert found.refusals["alternatives"][0]["starts_at"] == "2026-11-24T05:00:00Z"
    assert names(centre) == ["talk.place-requested.v1"]


def test_a_moved_talk_asks_again_and_an_answer_to_the_old_request_is_ignored(centre, when) -> None:
    talk = arrange(centre, when)
    grant(centre, talk)
    with centre.work() as work:
        move_talk(work, talk.id, starts_at=when(6), ends_at=when(7))
    answer(centre, talk, "hold.released", version=1, reason="replaced")
    grant(centre, talk, version=1)
    assert seen(centre, talk).state == "requested"
    grant(centre, talk, version=2)
    assert names(centre) == [
        "talk.place-requested.v1",
        "talk.scheduled.v1",
        "talk.place-requested.v1",
        "talk.moved.v1",
    ]


def test_a_lost_place_needs_another_time(centre, when) -> None:
    talk = arrange(centre, when)
    grant(centre, talk)
    answer(centre, talk, "hold.released", reason="expired")
    assert seen(centre, talk).refusals["reasons"] == [{"code": "hold-expired"}]


def test_answers_to_somebody_elses_request_are_not_ours(centre, when) -> None:
    talk = arrange(centre, when)
    hold = new_id()
    asked = {"source": "activities", "id": str(talk.id), "version": 1}
    receive(centre.runtime, "facilities", "hold.granted", hold, {"hold_id": str(hold), "requested_by": asked})
    assert seen(centre, talk).state == "requested"


def test_cancelling_says_whether_the_person_had_been_told(centre, when) -> None:
    told, untold = arrange(centre, when), arrange(centre, when, 4)
    grant(centre, told)
    for talk in (told, untold):
        with centre.work() as work:
            cancel_talk(work, talk.id)
    assert [event.data["was"] for event in recorded(centre.runtime, "talk.cancelled")] == ["scheduled", "requested"]
    grant(centre, untold)
    assert seen(centre, untold).state == "cancelled"


def test_a_scheduled_talk_is_held_with_a_sealed_note(centre, when, clock) -> None:
    talk = arrange(centre, when)
    grant(centre, talk)
    with pytest.raises(Refused, match="not begun"), centre.work() as work:
        hold_talk(work, centre.keys, talk.id, outcome="settled")
    clock.now = when(2, 50)
    with centre.work() as work:
        hold_talk(work, centre.keys, talk.id, outcome="settled", note="SECRET-NOTE")
    with centre.runtime.reading() as session:
        assert b"SECRET" not in session.scalars(select(CaseText.sealed)).one()


def test_every_mistake_of_an_appointment_is_named(centre, when) -> None:
    with pytest.raises(Refused) as refused, centre.work() as work:
        arrange_talk(
            work,
            body="union",
            person_id=new_id(),
            officer_id=new_id(),
            starts_at=when(1, day=20),
            ends_at=when(1, day=20) + timedelta(hours=5),
        )
    assert [reason.code for reason in refused.value.reasons] == [
        "person-unknown",
        "officer-not-of-body",
        "too-long",
        "in-the-past",
    ]


def test_reading_a_note_leaves_its_trace_in_the_same_transaction(centre, when) -> None:
    talk = walk_in(centre, when)
    with centre.work(centre.union) as work:
        assert read_text(work, centre.keys, "talks", talk.id, "note") == "SECRET-NOTE"
    with centre.runtime.reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "case-text-read")).one()
    assert (row.actor_name, row.subject, row.facts) == ("union", f"talks/{talk.id}", {"part": "note"})


def test_a_note_is_nobodys_business_outside_of_its_body_and_not_for_viewers(centre, when) -> None:
    talk = walk_in(centre, when)
    with pytest.raises(NotFound), centre.work(centre.women) as work:
        read_text(work, centre.keys, "talks", talk.id, "note")
    with pytest.raises(Forbidden), centre.work(centre.viewer) as work:
        read_text(work, centre.keys, "talks", talk.id, "note")


def test_a_note_copied_to_another_case_or_body_does_not_open(centre, when) -> None:
    first, second = walk_in(centre, when), walk_in(centre, when, None)
    for change in ({"case_id": second.id}, {"case_id": first.id, "body": "women"}):
        with centre.work() as work:
            work.session.execute(update(CaseText).values(**change))
        with pytest.raises(Exception, match="sealed for another place"), centre.work() as work:
            read_text(work, centre.keys, "talks", change["case_id"], "note")


def test_a_process_without_the_key_of_a_note_does_not_start(centre, when) -> None:
    walk_in(centre, when)
    check_keys(centre.runtime.database, centre.keys)
    with pytest.raises(MissingKey, match="dev1"):
        check_keys(centre.runtime.database, {"other": b"x" * 32})


def test_a_note_sealed_under_an_older_key_still_opens(centre, when) -> None:
    talk = walk_in(centre, when)
    rotated = {"new": b"n" * 32, **centre.keys}
    with centre.work() as work:
        assert read_text(work, rotated, "talks", talk.id, "note") == "SECRET-NOTE"


def test_an_officer_of_one_body_arranges_nothing_for_another(centre, when) -> None:
    with pytest.raises(Forbidden):
        walk_in(centre, when, actor=centre.women, body="union")

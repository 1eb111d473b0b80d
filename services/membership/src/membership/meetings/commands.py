"""Keeping what activities tells of sessions and attendance, and noting what a session was for a branch."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from membership.house import house
from membership.meetings.models import ActivitySession, Attendance, MeetingNote
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.database import UnitOfWork
from shared.former_people import current_id
from shared.refusal import NotFound, Refused
from shared.texts import N_


def keep_sessions(
    work: UnitOfWork, activity_id: UUID, kind: str, titles: tuple[str, str], sessions: Sequence[Mapping[str, Any]]
) -> None:
    """Write down the sessions that an activity now has; those that it has no more are forgotten."""
    kept = [one["session_id"] for one in sessions]
    work.session.execute(
        delete(ActivitySession).where(ActivitySession.activity_id == activity_id, ActivitySession.id.not_in(kept))
    )
    for one in sessions:
        work.session.merge(
            ActivitySession(
                id=one["session_id"],
                activity_id=activity_id,
                kind=kind,
                title_zh=titles[0][:200],
                title_en=titles[1][:200],
                starts_at=one["starts_at"],
                ends_at=one["ends_at"],
            )
        )


def keep_attendance(
    work: UnitOfWork, registration_id: UUID, session_id: UUID, person_id: UUID, present: bool, minutes: int
) -> None:
    """Write down whether somebody was there; what was said before is replaced.

    Said of the old id of a merge, it is the other one's. Of who was erased nothing is added; what is here stays for the
    figures of their branch, and may be corrected.
    """
    person = work.session.get(Person, current_id(work.session, person_id))
    if person is None:
        work.session.execute(delete(Attendance).where(Attendance.registration_id == registration_id))
        return
    if person.erased_at is not None and work.session.get(Attendance, registration_id) is None:
        return
    work.session.merge(
        Attendance(
            registration_id=registration_id,
            session_id=session_id,
            person_id=person.id,
            present=present,
            minutes=minutes,
        )
    )


def note_meeting(work: UnitOfWork, organisation_id: UUID, session_id: UUID, duty: str | None) -> MeetingNote:
    """Say which of its meetings a session was for a branch; None: none of them. Said again, the last word counts."""
    work.actor.demand("officer", "party")
    organisation: Organisation | None = work.session.get(Organisation, organisation_id)
    if organisation is None or organisation.kind != "party-branch":
        raise NotFound(N_("Party branch"))
    if work.session.get(ActivitySession, session_id) is None:
        raise NotFound(N_("session"))
    if duty is not None and duty not in {one.code for one in house().duties}:
        raise Refused("duty-unknown", N_("There is no such meeting."), field="duty", status=422)
    note = work.session.merge(
        MeetingNote(
            session_id=session_id,
            organisation_id=organisation_id,
            duty=duty,
            noted_by=work.actor.name[:120],
            noted_at=work.now,
        )
    )
    work.session.flush()
    work.audit("meeting-noted", f"organisation/{organisation_id}", duty=duty or "none")
    return note

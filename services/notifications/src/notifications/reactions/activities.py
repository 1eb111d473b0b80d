"""Activities: what became of somebody's registration.

A cancelled or moved activity itself concerns nobody who is registered: each registration has an event of its own,
which says what that person had. Rules may tell staff of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from notifications.audiences.commands import take_activity, take_registration
from notifications.audiences.leaving import leave_audiences
from notifications.audiences.models import KnownActivity
from notifications.audiences.queries import HAS_PLACE_OR_WAITS, registered
from notifications.messages.announcements import Rehearsal
from notifications.messages.fan_out import announce
from notifications.subjects.commands import follow
from notifications.wording.values import bilingual, period
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent

reactions = Reactions("activities")
SHORT_REASON = 20  # characters, so that the SMS stays within two parts
_STATES = {"confirmed": "coming", "waitlisted": "uncertain", "cancelled": "ended"}


class RegistrationNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    activity_id = fields.UUID(load_default=None, allow_none=True)
    session_id = fields.UUID(load_default=None, allow_none=True)
    title_zh = fields.String(required=True)
    title_en = fields.String(load_default=None, allow_none=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(load_default=None, allow_none=True)
    place_zh = fields.String(load_default=None, allow_none=True)
    place_en = fields.String(load_default=None, allow_none=True)


class RegistrationStateNeeds(RegistrationNeeds):
    activity_id = fields.UUID(required=True)
    session_id = fields.UUID(required=True)
    state = fields.String(required=True)


class SessionNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    ends_at = fields.AwareDateTime(required=True)


class ActivityNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    title_zh = fields.String(required=True)
    title_en = fields.String(load_default=None, allow_none=True)
    bodies = fields.List(fields.String(), load_default=list)
    sessions = fields.List(fields.Nested(SessionNeeds), load_default=list)


class ChangedActivityNeeds(ActivityNeeds):
    changes = fields.List(fields.String(), load_default=list)


class CancelledActivityNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    title_zh = fields.String(required=True)
    title_en = fields.String(load_default=None, allow_none=True)
    reason = fields.String(load_default=None, allow_none=True)
    starts_at = fields.AwareDateTime(required=True)


class AttendanceNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    activity_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    present = fields.Boolean(required=True)
    minutes = fields.Integer(required=True)


class WaitlistedNeeds(RegistrationNeeds):
    waiting_number = fields.Integer(required=True)


class MovedNeeds(RegistrationNeeds):
    state = fields.String(required=True)
    was_starts_at = fields.AwareDateTime(required=True)
    was_ends_at = fields.AwareDateTime(load_default=None, allow_none=True)
    was_place_zh = fields.String(load_default=None, allow_none=True)
    was_place_en = fields.String(load_default=None, allow_none=True)


class CancelledNeeds(RegistrationNeeds):
    was = fields.String(required=True)
    reason = fields.String(required=True)
    because = fields.String(load_default=None, allow_none=True)
    doubled = fields.Boolean(load_default=False)


def _announce(work: UnitOfWork, event: ReceivedEvent, standing: str, *, pressing: bool = False, **more: Any) -> None:
    """Tell of it, and follow the registration, which is now confirmed, waitlisted or cancelled."""
    data = event.data
    facts = {**_facts(data), **more}
    announce(
        work,
        event,
        [data["person_id"]],
        facts=facts,
        starts_at=data["starts_at"],
        was_starts_at=data.get("was_starts_at"),
        pressing=pressing,
    )
    _follow(work, event, standing)


def _follow(work: UnitOfWork, event: ReceivedEvent, state: str) -> None:
    data = event.data
    follow(work, event, _STATES[state], [data["person_id"]], starts_at=data["starts_at"], facts=_facts(data))


def _facts(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": bilingual(data["title_zh"], data["title_en"]),
        "when": period(data["starts_at"], data["ends_at"]),
        "place": bilingual(data["place_zh"], data["place_en"]),
    }


@reactions.on("activity.published", needs=ActivityNeeds)
@reactions.on("activity.snapshot", needs=ActivityNeeds)
def activity_known(work: UnitOfWork, event: ReceivedEvent) -> None:
    take_activity(work, event.subject_id, event.data)


@reactions.on("activity.changed", needs=ChangedActivityNeeds)
def activity_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Keeps what it is called; a rule may tell those registered of what their registrations do not tell."""
    data = event.data
    take_activity(work, event.subject_id, data)
    told = set(data["changes"]) <= {"times", "place"}
    people = [] if told else registered(work.session, event.subject_id, HAS_PLACE_OR_WAITS)
    facts = {"title": bilingual(data["title_zh"], data["title_en"])}
    over = all(session["ends_at"] <= work.now for session in data["sessions"])
    announce(work, event, people, facts=facts, held_back="past" if over else None, body=_body(data["bodies"]))


@reactions.on("activity.cancelled", needs=CancelledActivityNeeds)
def activity_cancelled(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Rules may tell staff; those registered have events of their own."""
    data = event.data
    known = work.session.get(KnownActivity, event.subject_id)
    facts = {
        "title": bilingual(data["title_zh"], data["title_en"]),
        "when": period(data["starts_at"]),
        "because": _plain(data["reason"]),
    }
    body = _body(known.bodies) if known is not None else None
    announce(work, event, [], facts=facts, starts_at=data["starts_at"], body=body)


@reactions.on("attendance.confirmed", needs=AttendanceNeeds)
def attendance_confirmed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """A rule may tell the person."""
    data = event.data
    known = work.session.get(KnownActivity, data["activity_id"])
    title = bilingual(known.title_zh, known.title_en) if known is not None else None
    facts = {"title": title, "minutes": data["minutes"], "present": data["present"]}
    announce(work, event, [data["person_id"]], facts=facts)


def _body(bodies: Sequence[str]) -> str | None:
    """Whose the messages are; what several hold together is anybody's."""
    return bodies[0] if len(bodies) == 1 else None


def _plain(words: str | None) -> str | None:
    """What staff wrote, in one line and without a full stop."""
    return " ".join((words or "").split()).rstrip("。.") or None


@reactions.on("registration.snapshot", needs=RegistrationStateNeeds)
def registration_known(work: UnitOfWork, event: ReceivedEvent) -> None:
    take_registration(work, event.subject_id, event.data, event.data["state"])
    _follow(work, event, event.data["state"])


@reactions.on("registration.confirmed", needs=RegistrationNeeds)
@reactions.on("registration.promoted", needs=RegistrationNeeds)
def registration_confirmed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Whoever moves up did not count on coming, and is told in time to set out."""
    take_registration(work, event.subject_id, event.data, "confirmed")
    _announce(work, event, "confirmed", pressing=event.name == "registration.promoted")


@reactions.on("registration.waitlisted", needs=WaitlistedNeeds)
def registration_waitlisted(work: UnitOfWork, event: ReceivedEvent) -> None:
    take_registration(work, event.subject_id, event.data, "waitlisted")
    _announce(work, event, "waitlisted", waiting_number=event.data["waiting_number"])


@reactions.on("registration.moved", needs=MovedNeeds)
def registration_moved(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Rules tell by `state` who has a place and who waits. The old time and place are given where they differ."""
    data = event.data
    take_registration(work, event.subject_id, data, data["state"])
    times = (data["starts_at"], data["ends_at"])
    was_times = (data["was_starts_at"], data["was_ends_at"])
    place = bilingual(data["place_zh"], data["place_en"])
    was_place = bilingual(data["was_place_zh"], data["was_place_en"])
    _announce(
        work,
        event,
        data["state"],
        pressing=data["state"] == "confirmed",
        state=data["state"],
        was_when=None if was_times == times else period(*was_times),
        was_place=None if place in (None, was_place) else was_place,
    )


@reactions.on("registration.cancelled", needs=CancelledNeeds)
def registration_cancelled(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Rules tell by `was` whether a place is lost or only a place on the waiting list.

    `because` is what staff wrote about an activity that does not take place; `because_short` is it where it is short
    enough for an SMS, else None.
    """
    reason = event.data["reason"]
    take_registration(work, event.subject_id, event.data, "cancelled")
    if event.data["doubled"]:
        # One of two under two ids: the person keeps the other one and has nothing to learn.
        _follow(work, event, "cancelled")
        return
    because = _plain(event.data["because"])
    _announce(
        work,
        event,
        "cancelled",
        pressing=event.data["was"] == "confirmed" and reason != "own",
        was=event.data["was"],
        activity_cancelled=reason == "activity-cancelled",
        own=reason == "own",
        staff=reason == "staff",
        because=because,
        because_short=because if because and len(because) <= SHORT_REASON else None,
    )
    if not isinstance(work, Rehearsal):
        leave_audiences(work, event.data["person_id"])

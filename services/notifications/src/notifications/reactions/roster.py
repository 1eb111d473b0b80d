"""Facilities' duty roster: who is on which shift, and what became of somebody's duty.

A shift itself concerns nobody by name: its people have events of their own. Rules tell those on duty, members of an
organisation, or staff who subscribed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from notifications.audiences.commands import take_duty, take_shift
from notifications.audiences.leaving import leave_audiences
from notifications.messages.announcements import Rehearsal
from notifications.messages.fan_out import announce
from notifications.reactions.facilities import reactions
from notifications.subjects.commands import follow
from notifications.wording.values import bilingual, period
from shared.database import UnitOfWork
from shared.inbox import ReceivedEvent

_NO_NEWS = ("merged", "erased")
_WISHED = ("gave-up", "swapped")
"""What the person asked for or agreed to."""
_UNNAMED = {"zh": "值班", "en": "Duty"}


class WordsNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    zh = fields.String(required=True)
    en = fields.String(required=True)


class WhenNeeds(Schema):
    class Meta:
        unknown = EXCLUDE
        include = {  # "from" cannot be the name of an attribute
            "from": fields.AwareDateTime(required=True),
            "to": fields.AwareDateTime(required=True),
        }


class ShiftNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    shift_id = fields.UUID(required=True)
    title = fields.Nested(WordsNeeds, required=True)
    place = fields.Nested(WordsNeeds, load_default=None, allow_none=True)
    when = fields.Nested(WhenNeeds, required=True)
    body = fields.String(load_default=None, allow_none=True)
    missing = fields.Integer(load_default=None, allow_none=True)


class ShiftStateNeeds(ShiftNeeds):
    state = fields.String(required=True)


class DutyNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    shift_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    role = fields.String(load_default=None, allow_none=True)
    role_name = fields.Nested(WordsNeeds, load_default=None, allow_none=True)
    title = fields.Nested(WordsNeeds, required=True)
    place = fields.Nested(WordsNeeds, load_default=None, allow_none=True)
    when = fields.Nested(WhenNeeds, required=True)
    body = fields.String(load_default=None, allow_none=True)


class MovedDutyNeeds(DutyNeeds):
    was = fields.Nested(WhenNeeds, required=True)
    was_place = fields.Nested(WordsNeeds, load_default=None, allow_none=True)


class ReleasedDutyNeeds(DutyNeeds):
    reason = fields.String(required=True)


class DutyStateNeeds(DutyNeeds):
    state = fields.String(required=True)


@reactions.on("shift.opened", needs=ShiftNeeds)
@reactions.on("shift.filled", needs=ShiftNeeds)
@reactions.on("shift.understaffed", needs=ShiftNeeds)
@reactions.on("shift.cancelled", needs=ShiftNeeds)
def shift_news(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Keeps the shift; rules may tell those on duty, members of an organisation, or staff."""
    data = event.data
    _keep_shift(work, event, cancelled=event.name == "shift.cancelled")
    facts = {**_facts(data), "missing": data["missing"] or None}
    announce(work, event, (), facts=facts, starts_at=data["when"]["from"], body=data["body"])


@reactions.on("shift.changed", needs=ShiftNeeds)
@reactions.on("shift.swapped", needs=ShiftNeeds)
def shift_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Keeps the shift; its people have events of their own."""
    _keep_shift(work, event, cancelled=False)


@reactions.on("shift.snapshot", needs=ShiftStateNeeds)
def shift_known(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Keeps the shift."""
    _keep_shift(work, event, cancelled=event.data["state"] == "cancelled")


@reactions.on("duty.assigned", needs=DutyNeeds)
def duty_assigned(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Keeps who is on the shift, and tells them."""
    _keep_duty(work, event, released=False)
    _announce(work, event, pressing=True)
    _follow(work, event, "coming")


@reactions.on("duty.moved", needs=MovedDutyNeeds)
def duty_moved(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Keeps when they are on duty, and tells them; the old time and place where they differ."""
    data = event.data
    place, was_place = _words(data["place"]), _words(data["was_place"])
    was_when = None if data["was"] == data["when"] else _period(data["was"])
    _keep_duty(work, event, released=False)
    _announce(
        work,
        event,
        pressing=True,
        was_starts_at=data["was"]["from"],
        was_when=was_when,
        was_place=None if place in (None, was_place) else was_place,
    )
    _follow(work, event, "coming")


@reactions.on("duty.released", needs=ReleasedDutyNeeds)
def duty_released(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Keeps who is on the shift, and tells who is not any more, unless they are merged or erased."""
    reason = event.data["reason"]
    _keep_duty(work, event, released=True)
    if reason not in _NO_NEWS:
        own, swapped, cancelled = (reason == word for word in ("gave-up", "swapped", "cancelled"))
        by_staff = not (own or swapped or cancelled)
        _announce(work, event, pressing=reason not in _WISHED, own=own, swapped=swapped, cancelled=cancelled,
                  staff=by_staff)  # fmt: skip
    _follow(work, event, "ended")
    if not isinstance(work, Rehearsal):
        leave_audiences(work, event.data["person_id"])


@reactions.on("duty.snapshot", needs=DutyStateNeeds)
def duty_known(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Keeps who is on the shift."""
    released = event.data["state"] != "assigned"
    _keep_duty(work, event, released=released)
    _follow(work, event, "ended" if released else "coming")


def _keep_shift(work: UnitOfWork, event: ReceivedEvent, *, cancelled: bool) -> None:
    if not isinstance(work, Rehearsal):
        take_shift(work, event.subject_id, event.data, cancelled=cancelled)


def _keep_duty(work: UnitOfWork, event: ReceivedEvent, *, released: bool) -> None:
    if not isinstance(work, Rehearsal):
        take_duty(work, event.subject_id, event.data, released=released)


def _announce(
    work: UnitOfWork, event: ReceivedEvent, *, pressing: bool, was_starts_at: datetime | None = None, **more: Any
) -> None:
    data = event.data
    announce(
        work,
        event,
        [data["person_id"]],
        facts={**_duty_facts(data), **more},
        starts_at=data["when"]["from"],
        was_starts_at=was_starts_at,
        pressing=pressing,
        body=data["body"],
    )


def _follow(work: UnitOfWork, event: ReceivedEvent, state: str) -> None:
    data = event.data
    people = [data["person_id"]]
    follow(work, event, state, people, starts_at=data["when"]["from"], facts=_duty_facts(data), body=data["body"])


def _facts(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": _words(data["title"]) or _UNNAMED, "when": _period(data["when"]), "place": _words(data["place"])}


def _duty_facts(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**_facts(data), "role": _words(data["role_name"])}


def _words(text: Mapping[str, str] | None) -> dict[str, str] | None:
    return bilingual(text["zh"], text["en"]) if text is not None else None


def _period(when: Mapping[str, Any]) -> dict[str, str | None]:
    return period(when["from"], when["to"])

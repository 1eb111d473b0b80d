"""Arranging, moving, cancelling and holding talks.

A place comes over the bus: arranging records ``talk.place-requested``, and the answer of facilities schedules the
talk or says why it needs another time.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.principal import Principal
from shared.refusal import Stale
from shared.staff.models import Account
from welfare import published, wall
from welfare.confidential.texts import Keys, write_text
from welfare.lookups import unknown_people
from welfare.reasons import refuse_for
from welfare.talks import rules
from welfare.talks.models import Talk


def arrange_talk(
    work: UnitOfWork,
    *,
    body: str,
    person_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    officer_id: UUID | None = None,
) -> Talk:
    """Make an appointment and ask facilities for the room. The person hears of it when the place is certain."""
    _demand(work.actor, body)
    officer, wrong = _officer(work, officer_id, body)
    refuse_for(
        [
            *unknown_people(work.session, [person_id], "person_id"),
            *wrong,
            *rules.arranged(starts_at, ends_at, work.now),
        ]
    )
    talk = _new(work, body, person_id, starts_at, ends_at, officer, origin="appointment", state="requested")
    work.session.flush()
    _ask_for_place(work, talk)
    work.audit("talk-arranged", f"talks/{talk.id}")
    return talk


def record_talk(
    work: UnitOfWork,
    keys: Keys,
    *,
    body: str,
    person_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    outcome: str,
    note: str | None = None,
    follow_up_on: date | None = None,
    officer_id: UUID | None = None,
) -> Talk:
    """Write down a talk that was held without an appointment: somebody walked in. It has no place."""
    _demand(work.actor, body)
    officer, wrong = _officer(work, officer_id, body)
    refuse_for(
        [
            *unknown_people(work.session, [person_id], "person_id"),
            *wrong,
            *rules.took_place(starts_at, ends_at, work.now),
        ]
    )
    talk = _new(work, body, person_id, starts_at, ends_at, officer, origin="walk-in", state="requested")
    _close(work, keys, talk, outcome, note, follow_up_on)
    return talk


def move_talk(
    work: UnitOfWork, talk_id: UUID, *, starts_at: datetime, ends_at: datetime, version: int | None = None
) -> Talk:
    """Ask for another time. The old place is given back as soon as facilities sees the new request."""
    talk = wall.lock(work, Talk, talk_id)
    _check_version(talk, version)
    refuse_for(rules.still_open(talk.state), 409)
    refuse_for(rules.arranged(starts_at, ends_at, work.now))
    talk.starts_at, talk.ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    talk.state, talk.refusals = "requested", None
    talk.place_zh = talk.place_en = None
    talk.version += 1
    _ask_for_place(work, talk)
    work.audit("talk-moved", f"talks/{talk.id}")
    return talk


def cancel_talk(work: UnitOfWork, talk_id: UUID, *, version: int | None = None) -> Talk:
    """Call a talk off. Facilities frees the room; the person hears of it if they had been given the time."""
    talk = wall.lock(work, Talk, talk_id)
    _check_version(talk, version)
    refuse_for(rules.still_open(talk.state), 409)
    talk.state = "cancelled"
    talk.version += 1
    was = "scheduled" if talk.announced else "requested"
    work.record(published.talk_cancelled, talk.id, {**neutral(talk), "was": was})
    work.audit("talk-cancelled", f"talks/{talk.id}")
    return talk


def hold_talk(
    work: UnitOfWork,
    keys: Keys,
    talk_id: UUID,
    *,
    outcome: str,
    note: str | None = None,
    follow_up_on: date | None = None,
    version: int | None = None,
) -> Talk:
    """Say that an arranged talk took place, and what came of it."""
    talk = wall.lock(work, Talk, talk_id)
    _check_version(talk, version)
    refuse_for(rules.still_open(talk.state), 409)
    refuse_for(rules.took_place(talk.starts_at, talk.ends_at, work.now), 409)
    talk.version += 1
    _close(work, keys, talk, outcome, note, follow_up_on)
    return talk


def place_granted(work: UnitOfWork, talk: Talk, place_zh: str | None, place_en: str | None) -> None:
    """Facilities keeps the room: the talk is certain, and the person may be told."""
    talk.state, talk.refusals = "scheduled", None
    talk.place_zh, talk.place_en = place_zh, place_en
    talk.version += 1
    event = published.talk_moved if talk.announced else published.talk_scheduled
    talk.announced = True
    work.record(event, talk.id, neutral(talk))
    work.audit("talk-scheduled", f"talks/{talk.id}")


def place_refused(
    work: UnitOfWork, talk: Talk, reasons: Sequence[Mapping[str, Any]], alternatives: Sequence[Mapping[str, Any]]
) -> None:
    """There is no room at that time: staff have to find another one. Nobody outside is told anything yet."""
    talk.state = "unplaced"
    talk.place_zh = talk.place_en = None
    work.audit("talk-unplaced", f"talks/{talk.id}")
    talk.refusals = {"reasons": [dict(one) for one in reasons], "alternatives": [dict(one) for one in alternatives]}
    talk.version += 1


def neutral(talk: Talk) -> dict[str, Any]:
    """What events may say of a talk."""
    data: dict[str, Any] = {
        "talk_id": talk.id,
        "person_id": talk.person_id,
        "body": talk.body,
        "starts_at": talk.starts_at,
        "ends_at": talk.ends_at,
    }
    if talk.request_version:
        data["request_version"] = talk.request_version
    if talk.place_zh or talk.place_en:
        data |= {"place_zh": talk.place_zh, "place_en": talk.place_en}
    return data


def _new(
    work: UnitOfWork,
    body: str,
    person_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    officer: tuple[UUID | None, str],
    **more: Any,
) -> Talk:
    talk = Talk(
        id=new_id(),
        body=body,
        person_id=person_id,
        officer_id=officer[0],
        officer_name=officer[1],
        starts_at=starts_at.astimezone(UTC),
        ends_at=ends_at.astimezone(UTC),
        created_at=work.now,
        request_version=0,
        announced=False,
        version=1,
        **more,
    )
    work.session.add(talk)
    return talk


def _ask_for_place(work: UnitOfWork, talk: Talk) -> None:
    talk.request_version += 1
    work.record(
        published.talk_place_requested,
        talk.id,
        {
            "talk_id": talk.id,
            "request_version": talk.request_version,
            "starts_at": talk.starts_at,
            "ends_at": talk.ends_at,
            "resource_code": rules.ROOM,
        },
    )


def _close(work: UnitOfWork, keys: Keys, talk: Talk, outcome: str, note: str | None, follow_up_on: date | None) -> None:
    talk.state, talk.outcome, talk.follow_up_on, talk.refusals = "held", outcome, follow_up_on, None
    work.session.flush()
    write_text(work, keys, "talks", talk.id, "note", talk.body, note)
    work.record(published.talk_held, talk.id, neutral(talk))
    work.audit("talk-held", f"talks/{talk.id}", outcome=outcome)


def _officer(work: UnitOfWork, officer_id: UUID | None, body: str) -> tuple[tuple[UUID | None, str], list[Any]]:
    """Who receives: the account named, else who writes this down."""
    if officer_id is None or officer_id == work.actor.id:
        return (work.actor.id, work.actor.name[:120]), []
    account = work.session.get(Account, officer_id)
    allowed = account is not None and account.active and account.principal().allows("officer", body)
    return (officer_id, account.name if account else ""), rules.receives(allowed)


def _demand(actor: Principal, body: str) -> None:
    actor.demand("officer", body)


def _check_version(talk: Talk, version: int | None) -> None:
    if version is not None and version != talk.version:
        raise Stale(talk.version)

"""Reading talks, always through the wall."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shared.principal import SYSTEM, Principal
from shared.staff.models import Account
from welfare import wall
from welfare.lookups import Person
from welfare.talks.commands import neutral
from welfare.talks.models import Talk


def list_talks(
    principal: Principal,
    *,
    body: str | None = None,
    state: str | None = None,
    person_id: UUID | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
    words: str | None = None,
) -> Select[tuple[Talk]]:
    """The talks that fit all of the filters given. ``since`` and ``before`` bound the beginning, half open."""
    query = wall.visible(select(Talk), principal)
    if body:
        query = query.where(Talk.body == body)
    if state == "open":
        query = query.where(Talk.state.in_(("requested", "unplaced", "scheduled")))
    elif state:
        query = query.where(Talk.state == state)
    if person_id:
        query = query.where(Talk.person_id == person_id)
    if since:
        query = query.where(Talk.starts_at >= since)
    if before:
        query = query.where(Talk.starts_at < before)
    if words and words.strip():
        named = select(Person.id).where(Person.name.contains(words.strip(), autoescape=True))
        query = query.where(Talk.person_id.in_(named))
    return query


def find_talk(session: Session, talk_id: UUID, principal: Principal) -> Talk:
    """NotFound where there is none that the principal may know of."""
    return wall.find(session, Talk, talk_id, principal)


def talks_between(session: Session, principal: Principal, since: datetime, before: datetime) -> Sequence[Talk]:
    """Talks that begin in a stretch of time, in their order, without the cancelled ones."""
    query = list_talks(principal, since=since, before=before).where(Talk.state != "cancelled")
    return session.scalars(query.order_by(Talk.starts_at, Talk.id)).all()


def unplaced_talks(session: Session, principal: Principal) -> Sequence[Talk]:
    """Talks that need another time."""
    return session.scalars(list_talks(principal, state="unplaced").order_by(Talk.starts_at)).all()


def count_held(session: Session, principal: Principal, since: datetime, before: datetime) -> Mapping[str, int]:
    """How many talks were held in a stretch of time, by body."""
    query = wall.visible(select(Talk.body, func.count()).group_by(Talk.body), principal)
    query = query.where(Talk.state == "held", Talk.starts_at >= since, Talk.starts_at < before)
    return {row[0]: row[1] for row in session.execute(query)}


def officers(session: Session, body: str | None = None) -> Sequence[Account]:
    """Accounts that may receive people for a body, by name."""
    accounts = session.scalars(select(Account).where(Account.active.is_(True)).order_by(Account.name)).all()
    return [account for account in accounts if account.principal().allows("officer", body)]


def snapshots(
    session: Session, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    """Talks for consumers that ask for them, in neutral words."""
    query = wall.visible(select(Talk), SYSTEM).order_by(Talk.id).limit(limit)
    if after is not None:
        query = query.where(Talk.id > after)
    if only is not None:
        query = query.where(Talk.id == only)
    return [(talk.id, {**neutral(talk), "state": talk.state}) for talk in session.scalars(query)]

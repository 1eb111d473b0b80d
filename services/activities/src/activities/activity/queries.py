"""Reading activities: lists, one with all that belongs to it, and snapshots."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session as DatabaseSession

from activities.activity.announcing import described
from activities.activity.models import Activity, ActivityBody, Session
from shared.database.tables import AuditRow
from shared.refusal import NotFound

WHEN = ("upcoming", "drafts", "past")


def get_activity(session: DatabaseSession, activity_id: UUID) -> Activity:
    """The activity with bodies, sessions and needs; NotFound."""
    activity = session.get(Activity, activity_id)
    if activity is None:
        raise NotFound("activity")
    return activity


def activities(
    *,
    now: datetime,
    when: str | None = None,
    body: str | None = None,
    kind: str | None = None,
    text: str | None = None,
) -> Select[tuple[Activity]]:
    """A selection, newest first. ``when`` is upcoming (public or about to be), drafts, or past (with the cancelled)."""
    query = select(Activity).order_by(Activity.id.desc())
    if when in WHEN:
        query = query.where(_when(str(when), now))
    if body:
        query = query.where(exists().where(ActivityBody.activity_id == Activity.id, ActivityBody.body == body))
    if kind:
        query = query.where(Activity.kind == kind)
    if text and text.strip():
        pattern = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{pattern}%"
        query = query.where(or_(Activity.title_zh.ilike(like, escape="\\"), Activity.title_en.ilike(like, escape="\\")))
    return query


def _when(when: str, now: datetime) -> ColumnElement[bool]:
    ahead = exists().where(Session.activity_id == Activity.id, Session.ends_at > now)
    if when == "drafts":
        return Activity.state.in_(("draft", "placing"))
    if when == "upcoming":
        return (Activity.state == "published") & ahead
    return Activity.state.in_(("cancelled", "completed")) | ((Activity.state == "published") & ~ahead)


def history(session: DatabaseSession, activity_id: UUID) -> Sequence[AuditRow]:
    """What happened to the activity, latest first."""
    query = select(AuditRow).where(AuditRow.subject == f"activity/{activity_id}").order_by(AuditRow.id.desc())
    return session.scalars(query).all()


def activity_snapshots(
    session: DatabaseSession, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    query = select(Activity).order_by(Activity.id).limit(limit)
    if after is not None:
        query = query.where(Activity.id > after)
    if only is not None:
        query = query.where(Activity.id == only)
    return [(one.id, {**described(one), "state": one.state}) for one in session.scalars(query)]

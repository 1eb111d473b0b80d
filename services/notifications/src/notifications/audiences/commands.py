"""Keeping the read models as the events say. Each subject's events come in their order."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from notifications.audiences.models import KnownActivity, KnownDuty, KnownMembership, KnownRegistration, KnownShift
from shared.database import UnitOfWork


def take_membership(work: UnitOfWork, membership_id: UUID, data: Mapping[str, Any]) -> None:
    """Remember who belongs where, from when until when."""
    _keep(
        work, KnownMembership, membership_id,
        organisation_id=data["organisation_id"], person_id=data["person_id"],
        start_on=data["start_on"], end_on=data["end_on"],
    )  # fmt: skip


def forget_membership(work: UnitOfWork, membership_id: UUID) -> None:
    """A membership that was entered twice and is there no more."""
    row = work.session.get(KnownMembership, membership_id)
    if row is not None:
        work.session.delete(row)


def take_registration(work: UnitOfWork, registration_id: UUID, data: Mapping[str, Any], state: str) -> None:
    """Remember who is registered for what. Events of a release that names no activity are passed over."""
    if data["activity_id"] is None or data["session_id"] is None:
        return
    _keep(
        work, KnownRegistration, registration_id,
        activity_id=data["activity_id"], session_id=data["session_id"], person_id=data["person_id"], state=state,
    )  # fmt: skip


def take_activity(work: UnitOfWork, activity_id: UUID, data: Mapping[str, Any]) -> None:
    """Remember what an activity is called, whose it is, and when it is over."""
    ends = [session["ends_at"] for session in data["sessions"]]
    _keep(
        work, KnownActivity, activity_id,
        title_zh=data["title_zh"], title_en=data["title_en"] or data["title_zh"], bodies=list(data["bodies"]),
        ends_at=max(ends, default=None),
    )  # fmt: skip


def take_shift(work: UnitOfWork, shift_id: UUID, data: Mapping[str, Any], *, cancelled: bool) -> None:
    """Remember when a shift is and what it is called."""
    _keep(
        work, KnownShift, shift_id,
        title_zh=data["title"]["zh"], title_en=data["title"]["en"], body=data["body"],
        starts_at=data["when"]["from"], ends_at=data["when"]["to"], cancelled=cancelled,
    )  # fmt: skip


def take_duty(work: UnitOfWork, duty_id: UUID, data: Mapping[str, Any], *, released: bool) -> None:
    """Remember who is on which shift."""
    _keep(
        work, KnownDuty, duty_id,
        shift_id=data["shift_id"], person_id=data["person_id"],
        starts_at=data["when"]["from"], ends_at=data["when"]["to"], released=released,
    )  # fmt: skip


def _keep(work: UnitOfWork, model: type[Any], key: UUID, **values: Any) -> None:
    row = work.session.get(model, key)
    if row is None:
        [column] = model.__table__.primary_key.columns
        row = model(**{column.name: key})
        work.session.add(row)
    for name, value in values.items():
        setattr(row, name, value)

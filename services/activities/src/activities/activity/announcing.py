"""What events say about an activity: one place that turns rows into event data."""

from collections.abc import Mapping
from typing import Any

from activities.activity.models import Activity, Session
from activities.published import activity_changed, activity_published, place_released, place_requested
from shared.database import UnitOfWork


def titled(activity: Activity, request_version: int | None = None) -> dict[str, Any]:
    """Id, version and titles; the version is that of the place which counts now, unless another one is meant."""
    version = request_version if request_version is not None else activity.place_version or activity.request_version
    return {
        "activity_id": activity.id,
        "request_version": version,
        "title_zh": activity.title_zh,
        "title_en": activity.title_en,
    }


def described(activity: Activity) -> dict[str, Any]:
    """The data of activity.published and of what resembles it."""
    return {
        **titled(activity),
        "kind": activity.kind,
        "bodies": list(activity.bodies),
        "sessions": [{**_times(session), **place_of(activity)} for session in activity.sessions],
    }


def place_of(activity: Activity) -> dict[str, str]:
    return {"place_zh": activity.place_zh, "place_en": activity.place_en}


def ask_for_place(work: UnitOfWork, activity: Activity) -> None:
    """A new request for all that the sessions need, at the times moved to where there are any."""
    activity.request_version += 1
    activity.placing_version = activity.request_version
    needs = [{"resource_code": need.resource_code, "quantity": need.quantity} for need in activity.needs]
    data = {
        **titled(activity, activity.request_version),
        "bodies": list(activity.bodies),
        "sessions": [{**_asked_times(session), "needs": needs} for session in activity.sessions],
    }
    work.record(place_requested, activity.id, data)


def release_place(work: UnitOfWork, activity: Activity, request_version: int) -> None:
    work.record(place_released, activity.id, {"activity_id": activity.id, "request_version": request_version})


def announce(work: UnitOfWork, activity: Activity) -> None:
    work.record(activity_published, activity.id, described(activity))


def announce_change(work: UnitOfWork, activity: Activity, changes: list[str]) -> None:
    work.record(activity_changed, activity.id, {**described(activity), "changes": changes})


def _times(session: Session) -> Mapping[str, Any]:
    return {"session_id": session.id, "starts_at": session.starts_at, "ends_at": session.ends_at}


def _asked_times(session: Session) -> Mapping[str, Any]:
    return {
        "session_id": session.id,
        "starts_at": session.moving_starts_at or session.starts_at,
        "ends_at": session.moving_ends_at or session.ends_at,
    }

"""An activity together with how full its sessions are: what lists, pages and the API show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session as DatabaseSession

from activities.activity.models import Activity, Session
from activities.activity.queries import get_activity
from activities.registration.queries import Places, places


@dataclass(frozen=True)
class SessionShown:
    """A session with its places, counted now."""

    session: Session
    places: Places

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    @property
    def confirmed(self) -> int:
        return self.places.confirmed

    @property
    def waiting(self) -> int:
        return self.places.waiting

    @property
    def places_left(self) -> int:
        return self.places.left


@dataclass(frozen=True)
class Shown:
    """An activity with its sessions as SessionShown; everything else is the activity's."""

    activity: Activity
    sessions: tuple[SessionShown, ...]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.activity, name)

    @property
    def places_left(self) -> int:
        return sum(session.places_left for session in self.sessions)

    @property
    def confirmed(self) -> int:
        return sum(session.confirmed for session in self.sessions)

    @property
    def waiting(self) -> int:
        return sum(session.waiting for session in self.sessions)

    @property
    def capacity(self) -> int:
        return sum(session.session.capacity for session in self.sessions)

    def next_session(self, now: datetime) -> SessionShown:
        """The session that runs or comes next, else the last one."""
        ahead = [session for session in self.sessions if session.session.ends_at > now]
        return ahead[0] if ahead else self.sessions[-1]


def show(session: DatabaseSession, found: Sequence[Activity]) -> list[Shown]:
    """The activities with their places, counted in one query."""
    counted = places(session, [one for activity in found for one in activity.sessions])
    return [
        Shown(activity, tuple(SessionShown(one, _by_rule(counted[one.id], activity)) for one in activity.sessions))
        for activity in found
    ]


def _by_rule(counted: Places, activity: Activity) -> Places:
    return replace(counted, families_may_be_passed=activity.families_may_be_passed)


def show_one(session: DatabaseSession, activity_id: UUID) -> Shown:
    """One activity with its places; NotFound."""
    return show(session, [get_activity(session, activity_id)])[0]

"""A centre with people to register, and short ways to the states that the tests start from."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from activities.activity.commands import draft_activity, lock_activity, publish_activity
from activities.activity.models import Activity
from activities.activity.queries import get_activity
from activities.activity.rules import Need, Plan, SessionPlan
from activities.lookups import remember_person
from activities.registration.commands import register_people
from activities.registration.models import Registration
from activities.service import SERVICE
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.service import Service
from shared.testing.delivery import receive, recorded
from shared.testing.fakes import SettableClock


@pytest.fixture
def service() -> Service:
    return SERVICE


@pytest.fixture
def plan(clock: SettableClock) -> Callable[..., Plan]:
    """A good plan: the activity room for two hours tomorrow, for two people, unless told otherwise."""

    def make(*, capacity: int = 2, sessions: int = 1, **changes: Any) -> Plan:
        first = clock.now + timedelta(days=1)
        planned = tuple(
            SessionPlan(first + timedelta(days=n), first + timedelta(days=n, hours=2), capacity)
            for n in range(sessions)
        )
        good = Plan(
            kind="class",
            title_zh="小候鸟培训班",
            title_en="Summer class",
            bodies=("union", "women"),
            sessions=planned,
            needs=(Need("activity", 1),),
        )
        return replace(good, **changes)

    return make


class Desk:
    """The steps that staff take, each in a unit of work of its own."""

    def __init__(self, runtime: Runtime, plan: Callable[..., Plan]) -> None:
        self.runtime = runtime
        self.plan = plan

    def people(self, count: int) -> list[UUID]:
        """So many people whom membership told us of."""
        ids = [new_id() for _ in range(count)]
        with self.runtime.unit_of_work() as work:
            for number, person_id in enumerate(ids):
                remember_person(work, person_id, f"样本 {number}", True)
        return ids

    def draft(self, **changes: Any) -> Activity:
        with self.runtime.unit_of_work() as work:
            return draft_activity(work, self.plan(**changes))

    def asked(self, **changes: Any) -> Activity:
        """An activity that waits for its place."""
        activity = self.draft(**changes)
        with self.runtime.unit_of_work() as work:
            return publish_activity(work, lock_activity(work, activity.id))

    def published(self, **changes: Any) -> Activity:
        """An activity that takes place outside, public at once."""
        return self.asked(**{"needs": (), "venue_zh": "操场", "venue_en": "Sports field", **changes})

    def placed(self, **changes: Any) -> Activity:
        """An activity whose place was granted."""
        activity = self.asked(**changes)
        self.grant(activity.id, 1)
        return self.activity(activity.id)

    def activity(self, activity_id: UUID) -> Activity:
        with self.runtime.reading() as session:
            return get_activity(session, activity_id)

    def register(self, activity_id: UUID, *person_ids: UUID, session_id: UUID | None = None) -> list[Registration]:
        with self.runtime.unit_of_work() as work:
            return register_people(work, activity_id, person_ids, session_id)

    def states(self, activity_id: UUID) -> dict[UUID, str]:
        """The state of each person's latest registration."""
        with self.runtime.reading() as session:
            rows = session.scalars(
                select(Registration).where(Registration.activity_id == activity_id).order_by(Registration.id)
            )
            return {row.person_id: row.state for row in rows}

    def events(self, *names: str) -> list[tuple[str, dict[str, Any]]]:
        """Names and data of what was recorded, oldest first; only these names where some are given."""
        found = [
            (one.type.split(".")[3] + "." + one.type.split(".")[4], dict(one.data)) for one in recorded(self.runtime)
        ]
        return [(name, data) for name, data in found if not names or name in names]

    def grant(self, activity_id: UUID, version: int, *, booking_id: UUID | None = None, place: str = "活动室") -> None:
        receive(
            self.runtime,
            "facilities",
            "hold.granted",
            new_id(),
            {
                "hold_id": str(new_id()),
                "requested_by": {"source": "/services/activities", "id": str(activity_id), "version": version},
                "expires_at": "2026-11-23T02:00:00Z",
                "bookings": [{"booking_id": str(booking_id or new_id()), "resource_code": "activity", "extra": 1}],
                "place_zh": place,
                "place_en": "Activity room",
            },
        )

    def refuse(self, activity_id: UUID, version: int) -> None:
        receive(
            self.runtime,
            "facilities",
            "hold.refused",
            new_id(),
            {
                "requested_by": {"source": "/services/activities", "id": str(activity_id), "version": version},
                "reasons": [
                    {
                        "code": "taken",
                        "resource_code": "activity",
                        "starts_at": "2026-11-24T01:00:00Z",
                        "ends_at": "2026-11-24T03:00:00Z",
                    }
                ],
                "alternatives": [
                    {
                        "resource_code": "reading",
                        "starts_at": "2026-11-24T01:00:00Z",
                        "ends_at": "2026-11-24T03:00:00Z",
                    }
                ],
            },
        )

    def release(self, activity_id: UUID, version: int, reason: str = "expired") -> None:
        receive(
            self.runtime,
            "facilities",
            "hold.released",
            new_id(),
            {
                "hold_id": str(new_id()),
                "requested_by": {"source": "/services/activities", "id": str(activity_id), "version": version},
                "reason": reason,
            },
        )


@pytest.fixture
def desk(runtime: Runtime, plan: Callable[..., Plan]) -> Desk:
    return Desk(runtime, plan)

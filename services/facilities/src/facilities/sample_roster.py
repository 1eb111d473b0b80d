"""Two weeks of the sample centre's duty roster, with its team in turn and one shift that lacks somebody.

What lies in the past is recorded at a time before it, as the bookings of the sample are.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from facilities.people.models import Person
from facilities.resources.queries import find_by_code
from facilities.roster.duties import Seat, assign
from facilities.roster.models import Shift, TeamMember
from facilities.roster.planning import ShiftPlan, plan_shift
from facilities.roster.rules import in_turn
from facilities.roster.settings import limits_of
from facilities.roster.team import set_member
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.sample import sample_id

_BEFORE = timedelta(days=3)


def load(runtime: Runtime, given: Mapping[str, Any], today: date) -> None:
    """Load what is not there yet, from the Monday of this week on."""
    team = [_member(runtime, one) for one in given["team"]]
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(days=one) for one in range(14) if one % 7 in given["weekdays"]]
    short = next(day for day in days if day > today)
    for day, turn in zip(days, in_turn(team, len(given["needs"]), len(days)), strict=True):
        people = turn[:1] if day == short else turn
        _plan(runtime, given, day, dict(zip(given["needs"], people, strict=False)))


def _member(runtime: Runtime, one: Mapping[str, Any]) -> UUID:
    """A member of the team. The name is known before membership tells of it, so that either may be loaded first."""
    person_id = sample_id("person", one["person"])
    with runtime.unit_of_work() as work:
        if work.session.get(Person, person_id) is None:
            work.session.add(Person(id=person_id, name=one["name"]))
            work.session.flush()
        if work.session.get(TeamMember, person_id) is None:
            set_member(work, person_id, roles=one["roles"])
    return person_id


def _plan(runtime: Runtime, given: Mapping[str, Any], day: date, people: Mapping[str, UUID]) -> None:
    zone, shift_id = runtime.settings.time_zone, sample_id("shift", day.isoformat())
    start, end = (datetime.combine(day, time.fromisoformat(given[name]), zone) for name in ("from", "until"))
    with runtime.unit_of_work(now=min(start - _BEFORE, runtime.clock())) as work:
        if work.session.get(Shift, shift_id) is not None:
            return
        room = find_by_code(work.session, given["room"])
        words = {"title_zh": given["zh"], "title_en": given["en"], "body": given["body"]}
        needs = dict.fromkeys(given["needs"], 1)
        room_id = room.id if room is not None else None
        plan_shift(work, ShiftPlan(start, end, needs, resource_id=room_id, id=shift_id, **words))
        for role, person_id in people.items():
            try:
                assign(work, Seat(shift_id, role, person_id), limits=limits_of(runtime.settings))
            except Refused as refused:
                if refused.status >= 500:
                    raise

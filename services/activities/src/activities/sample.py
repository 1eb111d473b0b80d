"""The sample centre's activities, loaded through the service's own commands; twice changes nothing.

What lies in the past is recorded with the times of then. What lies ahead asks facilities for its place like any other
activity, so the loader waits, for a bounded time, until the people and rooms are known here and until the place is
granted. What is missing by then is left for the next time.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import time as day_time
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import yaml

from activities.activity.commands import draft_activity, edit_activity, lock_activity, publish_activity
from activities.activity.models import Activity
from activities.activity.placing import complete_activities
from activities.activity.rules import Need, Plan, SessionPlan
from activities.attendance.commands import mark_attendance
from activities.lookups import Resource, known_people
from activities.registration.commands import register_people
from activities.registration.models import Registration
from shared.runtime import Runtime
from shared.sample import sample_id
from shared.staff.sample import add_sample_staff

PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.25
ANNOUNCED = timedelta(days=10)
"""How long before it took place a past activity was published."""
TRIES = 4
"""How many days in a row are tried where the place is taken."""


def load(runtime: Runtime) -> None:
    """Load what is not there yet."""
    with runtime.unit_of_work() as work:
        add_sample_staff(work, runtime.settings)
    given = _given(runtime)
    everybody = {number for part in ("past", "ahead") for one in given[part] for number in _numbers(one)}
    _until(lambda: _people_known(runtime, everybody))
    for one in given["past"]:
        _load_past(runtime, one)
    _until(lambda: _resources_known(runtime, given["ahead"]))
    for one in given["ahead"]:
        _load_ahead(runtime, one)
    for one in given["drafts"]:
        _draft(runtime, one, runtime.clock())


def _given(runtime: Runtime) -> Mapping[str, Any]:
    """What is packaged, with the centre's own facts where the environment says where they are."""
    text = files("activities").joinpath("sample_activities.yaml").read_text(encoding="utf-8")
    given: dict[str, Any] = yaml.safe_load(text)
    path = runtime.settings.environ.get("YIZHAN_SAMPLE")
    if path:
        facts = yaml.safe_load(Path(path).read_text(encoding="utf-8"))["activities"]
        by_title = {(fact["kind"], fact["zh"]): fact for fact in facts}
        for part in given.values():
            for one in part:
                fact = by_title.get((one["kind"], one["zh"]), {})
                one["en"] = fact.get("en", one["en"])
                one["bodies"] = fact.get("bodies") or ([fact["body"]] if "body" in fact else one["bodies"])
    return given


def _load_past(runtime: Runtime, one: Mapping[str, Any]) -> None:
    """Published, filled, attended and completed at the times of then, in one transaction each."""
    plan = _plan(one, runtime.clock(), runtime.settings.time_zone)
    activity_id = sample_id("activity", one["key"])
    starts_at, ends_at = plan.sessions[0].starts_at, plan.sessions[0].ends_at
    with runtime.unit_of_work(now=starts_at - ANNOUNCED) as work:
        if work.session.get(Activity, activity_id) is not None:
            return
        publish_activity(work, draft_activity(work, plan, activity_id))
        _register(work, one, activity_id)
    with runtime.unit_of_work(now=starts_at) as work:
        for number in _numbers(one):
            row = work.session.get(Registration, _registration_id(one, number))
            if row is not None and row.state == "confirmed":
                mark_attendance(work, row.id, present=number % one.get("absent_every", 8) != 0)
    with runtime.unit_of_work(now=ends_at + timedelta(hours=1)) as work:
        complete_activities(work, before=work.now)


def _load_ahead(runtime: Runtime, one: Mapping[str, Any]) -> None:
    """Published through facilities; on a taken day the next one is tried."""
    _draft(runtime, one, runtime.clock())
    activity_id = sample_id("activity", one["key"])
    for _ in range(TRIES):
        if _state(runtime, activity_id) == "draft":
            with runtime.unit_of_work() as work:
                publish_activity(work, lock_activity(work, activity_id))
        _until(lambda: _state(runtime, activity_id) != "placing")
        if _state(runtime, activity_id) != "draft":
            break
        with runtime.unit_of_work() as work:
            activity = lock_activity(work, activity_id)
            later = tuple(
                replace(
                    session,
                    starts_at=session.starts_at + timedelta(days=1),
                    ends_at=session.ends_at + timedelta(days=1),
                )
                for session in activity.plan().sessions
            )
            edit_activity(work, activity, {"sessions": later})
    if _state(runtime, activity_id) == "published":
        with runtime.unit_of_work() as work:
            _register(work, one, activity_id)


def _draft(runtime: Runtime, one: Mapping[str, Any], now: datetime) -> None:
    activity_id = sample_id("activity", one["key"])
    with runtime.unit_of_work() as work:
        if work.session.get(Activity, activity_id) is None:
            draft_activity(work, _plan(one, now, runtime.settings.time_zone), activity_id)


def _register(work: Any, one: Mapping[str, Any], activity_id: UUID) -> None:
    """Those people who are known here and not registered yet, each family together."""
    groups = [tuple(group) for group in _groups(one)]
    known = known_people(work.session, [sample_id("person", number) for group in groups for number in group])
    for group in groups:
        registration_id = _registration_id(one, group[0])
        person_ids = [sample_id("person", number) for number in group]
        if all(person in known for person in person_ids) and work.session.get(Registration, registration_id) is None:
            register_people(work, activity_id, person_ids, group_id=registration_id)


def _registration_id(one: Mapping[str, Any], number: int) -> UUID:
    return sample_id("registration", f"{one['key']}/{number}")


def _groups(one: Mapping[str, Any]) -> Iterable[Iterable[int]]:
    if "families" in one:
        first, count = one["families"]["first"], one["families"]["count"]
        return [(2 * household - 1, 2 * household, 120 + household) for household in range(first, first + count)]
    return [(number,) for number in _single(one)]


def _single(one: Mapping[str, Any]) -> Sequence[int]:
    people = one.get("people")
    if not people:
        return range(0)
    if "numbers" in people:
        return list(people["numbers"])
    step = people.get("step", 1)
    return range(people["first"], people["first"] + people["count"] * step, step)


def _numbers(one: Mapping[str, Any]) -> list[int]:
    return [number for group in _groups(one) for number in group]


def _plan(one: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> Plan:
    day = _day(one, now.astimezone(zone).date())
    begins, ends = (datetime.combine(day, day_time.fromisoformat(one[name]), tzinfo=zone) for name in ("from", "until"))
    venue, description = one.get("venue", {}), one.get("description", {})
    return Plan(
        kind=one["kind"],
        title_zh=one["zh"],
        title_en=one["en"],
        description_zh=description.get("zh", ""),
        description_en=description.get("en", ""),
        venue_zh=venue.get("zh", ""),
        venue_en=venue.get("en", ""),
        bodies=tuple(one["bodies"]),
        sessions=(SessionPlan(begins, ends, one["capacity"]),),
        needs=tuple(Need(code, quantity) for code, quantity in one.get("needs", {}).items()),
    )


def _day(one: Mapping[str, Any], today: date) -> date:
    """So many days from today, or the next such day of the year that is at least a week away."""
    if "day" in one:
        return today + timedelta(days=one["day"])
    day = today.replace(month=one["date"]["month"], day=one["date"]["day"])
    return day if day >= today + timedelta(days=7) else day.replace(year=day.year + 1)


def _people_known(runtime: Runtime, numbers: Iterable[int]) -> bool:
    wanted = {sample_id("person", number) for number in numbers}
    with runtime.reading() as session:
        return wanted <= set(known_people(session, wanted))


def _resources_known(runtime: Runtime, ahead: Iterable[Mapping[str, Any]]) -> bool:
    wanted = {code for one in ahead for code in one.get("needs", {})}
    with runtime.reading() as session:
        return all(session.get(Resource, code) is not None for code in wanted)


def _state(runtime: Runtime, activity_id: UUID) -> str:
    with runtime.reading() as session:
        return session.get_one(Activity, activity_id).state


def _until(condition: Callable[[], bool]) -> bool:
    """Wait for the worker to bring about the condition; False when patience ends first."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True

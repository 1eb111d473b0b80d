"""The centre's rooms, equipment and books, bookings around today and the duty roster, loaded by its own commands.

Loading twice changes nothing: everything has an id that follows from its name. What lies in the past is recorded at a
time before it, and with its own times, so that nobody is told of it any more.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from facilities import sample_roster
from facilities.bookings.commands import NewBooking, Wish, book
from facilities.closures.commands import NewClosure, close_resource
from facilities.occupancy.models import Occupancy
from facilities.occupancy.rules import Window
from facilities.resources.commands import NewResource, add_resource
from facilities.resources.models import Resource
from facilities.resources.queries import find_by_code
from shared.identifiers import new_id
from shared.principal import SYSTEM, Grant, Principal
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.sample import sample_id
from shared.staff.sample import add_sample_staff

BOOKED_BEFORE = timedelta(days=3)
"""How long before its time each booking of the sample was made."""
_DESK_NAME = "前台"


def load(runtime: Runtime) -> None:
    """Load what is not there yet. A booking whose place went to somebody else in the meantime is left out."""
    with runtime.unit_of_work() as work:
        add_sample_staff(work, runtime.settings)
    given = _given(runtime)
    for one in (*given["rooms"], *given["equipment"], *given["books"]):
        _add_resource(runtime, one, given)
    today = runtime.clock().astimezone(runtime.settings.time_zone).date()
    for one in given["bookings"]:
        _book(runtime, one, today)
    for one in given["closures"]:
        _close(runtime, one, today)
    sample_roster.load(runtime, given["roster"], today)


def _given(runtime: Runtime) -> Mapping[str, Any]:
    """What is packaged, with the centre's own facts where the environment says where they are."""
    given: dict[str, Any] = yaml.safe_load(files("facilities").joinpath("sample_resources.yaml").read_text("utf-8"))
    path = runtime.settings.environ.get("YIZHAN_SAMPLE")
    if path:
        facts = yaml.safe_load(Path(path).read_text("utf-8"))
        known = {fact["code"]: fact for fact in (*facts["rooms"], *facts["equipment"])}
        for one in (*given["rooms"], *given["equipment"]):
            one.update(known.get(one["code"], {}))
    return given


def _add_resource(runtime: Runtime, one: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    resource_id = sample_id("resource", one["code"])
    kind = "books" if one in given["books"] else "room" if one in given["rooms"] else "equipment"
    with runtime.unit_of_work() as work:
        if work.session.get(Resource, resource_id) is not None:
            return
        subject = one.get("subject")
        add_resource(
            work,
            NewResource(
                id=resource_id,
                code=one["code"],
                kind=kind,
                name_zh=one["zh"],
                name_en=one["en"],
                subject_zh=subject,
                subject_en=given["subjects"].get(subject),
                capacity=one.get("capacity"),
                quantity=one.get("quantity", 1),
                confidential=one.get("confidential", False),
                needs_approval=one.get("needs_approval", False),
                after_hours_needs_duty=one.get("after_hours_needs_duty", False),
                minutes_before=one.get("minutes_before", 0),
                minutes_after=one.get("minutes_after", 0),
                opening=[list(given["opening"])] * 7 if kind == "room" else None,
                time_zone=str(runtime.settings.time_zone),
            ),
        )


def _book(runtime: Runtime, one: Mapping[str, Any], today: date) -> None:
    window = _window(runtime, one, today)
    booking_id = sample_id("booking", one["key"])
    role = "officer" if one.get("asked") else "manager"
    desk = Principal(new_id(), _DESK_NAME, grants=(Grant(role, "*"),))
    made_at = min(window.starts_at - BOOKED_BEFORE, runtime.clock())
    try:
        with runtime.unit_of_work(actor=desk, now=made_at) as work:
            if work.session.get(Occupancy, booking_id) is None:
                book(
                    work,
                    NewBooking(
                        id=booking_id,
                        wishes=[Wish(code, quantity) for code, quantity in one["items"].items()],
                        starts_at=window.starts_at,
                        ends_at=window.ends_at,
                        body=one["body"],
                        title=one.get("zh"),
                        title_en=one.get("en"),
                        person_id=sample_id("person", one["person"]) if "person" in one else None,
                        people=one.get("people"),
                    ),
                )
    except Refused as refused:
        if refused.code not in ("slot-taken", "not-enough-units", "resource-closed"):
            raise


def _close(runtime: Runtime, one: Mapping[str, Any], today: date) -> None:
    window = _window(runtime, one, today)
    closure_id = sample_id("closure", one["key"])
    try:
        with runtime.unit_of_work(actor=SYSTEM) as work:
            resource = find_by_code(work.session, one["resource"])
            if resource is not None and work.session.get(Occupancy, closure_id) is None:
                close_resource(
                    work,
                    NewClosure(
                        resource.id,
                        window.starts_at,
                        window.ends_at,
                        one["reason"],
                        quantity=one.get("quantity"),
                        id=closure_id,
                    ),
                )
    except Refused as refused:
        if refused.status != 409:
            raise


def _window(runtime: Runtime, one: Mapping[str, Any], today: date) -> Window:
    zone = runtime.settings.time_zone
    day = today + timedelta(days=one["day"])
    start, end = (datetime.combine(day, time.fromisoformat(one[name]), zone) for name in ("from", "until"))
    return Window(start, end)

"""Quiet hours that staff set by category, the calendar behind them, and the timeline that says what passed them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from notifications.app import create_app
from notifications.quiet_hours.models import SendingHours
from notifications.rules.models import Rule
from notifications.sending.sender import Sender
from notifications.sending.settings import SendingSettings
from notifications.testing.conditions import states, steps
from notifications.testing.others import Others
from notifications.workdays.models import WORKDAYS
from shared.principal import Grant, Principal
from shared.refusal import Forbidden
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff, bearer, form_fields, sign_in
from shared.workdays.commands import plant_calendar, set_day
from shared.workdays.queries import work_calendar

HOLIDAY = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)  # two in the afternoon at the centre
OFFICE_HOURS = {"workday_from": "08:00", "workday_until": "20:00"}


def _membership(others: Others, clock: SettableClock) -> None:
    day = clock().date().isoformat()
    person = str(others.contact(email=None))
    data = {"person_id": person, "organisation_id": str(uuid4()), "body": "party", "start_on": day}
    others.tell("membership", "membership.started", {"membership_id": str(uuid4()), **data})


def test_what_comes_on_a_holiday_waits_for_the_working_day_and_is_spread(
    runtime: Runtime, others: Others, clock: SettableClock, make_sender: Callable[[], Sender]
) -> None:
    clock.now = HOLIDAY
    client, headers = create_app(runtime).test_client(), bearer(runtime, Grant("manager", "*"))
    assert client.put("/api/v1/quiet-hours/membership", json=OFFICE_HOURS, headers=headers).status_code == 200
    with runtime.database.writing() as session:  # rules may keep a message for longer than three days
        session.execute(update(Rule).values(longest_hours=300))
    for _ in range(5):
        _membership(others, clock)
    others.registration("confirmed", others.contact(email=None))
    make_sender().run_once()
    assert states(runtime) == {"pending": 5, "sent": 1}
    until = [datetime.fromisoformat(step["until"]) for step in steps(runtime, "quiet-hours")]
    opens = datetime(2026, 10, 8, 0, 0, tzinfo=UTC)
    assert all(timedelta(0) <= moment - opens <= timedelta(minutes=15) for moment in until)
    assert len(set(until)) == 5


def test_what_passes_the_quiet_hours_says_why_on_its_timeline(
    configured: Callable[..., Runtime], clock: SettableClock
) -> None:
    clock.now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # eleven at night
    runtime = configured(QUIET_HOURS="22:00-08:00")
    others = Others(runtime, clock)
    others.registration("confirmed", others.contact(email=None), hours=48)
    others.registration("confirmed", others.contact(email=None), hours=8)
    was = {"was_starts_at": (clock() + timedelta(hours=7)).isoformat(), "was_place_zh": None}
    others.registration("moved", others.contact(email=None), hours=48, state="confirmed", **was)
    sender = Sender(runtime, SendingSettings.of(runtime.settings))
    sender.run_once()
    sender.close()
    assert states(runtime) == {"pending": 1, "sent": 2}
    assert sorted(step["reason"] for step in steps(runtime, "although-quiet")) == ["begins-soon", "useless-later"]


def test_staff_set_the_hours_of_a_category_and_see_what_holds(runtime: Runtime, clock: SettableClock) -> None:
    clock.now = HOLIDAY
    add_staff(runtime, "li", Grant("manager", "*"), language="en")
    client = create_app(runtime).test_client()
    sign_in(client, "li")
    url = "/quiet-hours/waiting"
    fields = form_fields(client, url)
    broken = client.post(url, data={**fields, "whose": "own", "workday_until": "07:00"})
    assert broken.status_code == 422
    assert "The end must come after the beginning." in broken.text
    fields = form_fields(client, url)
    saved = client.post(url, data={**fields, "whose": "own", "workday_until": "18:30", "day_off": "none"})
    assert saved.status_code == 303
    page = client.get("/quiet-hours/").text
    assert "08:00–18:30" in page
    assert "nothing is sent" in page
    assert "8 Oct" in page or "Oct 8" in page
    stale = {**form_fields(client, url), "version": "0", "whose": "usual"}
    assert client.post(url, data=stale).status_code == 409
    with runtime.reading() as session:
        assert session.get(SendingHours, "waiting") is not None


def test_the_calendar_knows_published_years_and_staff_enter_the_others(runtime: Runtime, clock: SettableClock) -> None:
    add_staff(runtime, "li", Grant("manager", "*"), language="en")
    client = create_app(runtime).test_client()
    sign_in(client, "li")
    assert "not known here yet" in client.get("/calendar/?year=2027").text
    fields = form_fields(client, "/calendar/day?day=2027-02-08")
    data = {**fields, "day": "2027-02-08", "working": "no", "note": "春节"}
    assert client.post("/calendar/day", data=data).status_code == 303
    with runtime.unit_of_work() as work:
        assert plant_calendar(work, WORKDAYS) == 0
    with runtime.reading() as session:
        calendar = work_calendar(session, WORKDAYS)
    assert not calendar.is_working(date(2027, 2, 8))
    assert calendar.is_working(date(2026, 10, 10))
    assert not calendar.is_working(date(2026, 10, 5))


def test_the_calendar_holds_for_everybody_so_a_manager_of_one_body_only_reads_it(runtime: Runtime) -> None:
    add_staff(runtime, "wang", Grant("manager", "union"), language="en")
    client = create_app(runtime).test_client()
    sign_in(client, "wang")
    shown = client.get("/calendar/?year=2026").text
    assert "National Day" in shown
    assert "Enter a day" not in shown
    assert client.get("/calendar/day").status_code == 403
    with (
        pytest.raises(Forbidden),
        runtime.unit_of_work(actor=Principal(None, "wang", grants=(Grant("manager", "union"),))) as work,
    ):
        set_day(work, WORKDAYS, date(2027, 2, 8), False, "")

"""What activities tells of attendance becomes a branch's completeness; corrections and doubles end right."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from membership.app import create_app
from membership.meetings.queries import attended_between, branch_year
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.identifiers import new_id
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.delivery import event, hand_over, receive
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff, bearer, form_fields, sign_in

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 23)


@pytest.fixture
def people(register: Callable[..., Person], join: Callable[..., Membership], branch: Organisation) -> list[Person]:
    found = [register(f"周{name}") for name in "一二三"]
    for person in found:
        join(person, branch, start_on=date(2020, 1, 1))
    return found


class Told:
    """An activity of one session as activities tells of it, with a registration for each person."""

    def __init__(self, runtime: Runtime, kind: str, starts_at: datetime, people: list[Person]) -> None:
        self.runtime, self.kind, self.starts_at = runtime, kind, starts_at
        self.activity_id, self.session_id = new_id(), new_id()
        self.registrations = {person.id: new_id() for person in people}

    def tell(self, name: str, **more: object) -> None:
        session = {
            "session_id": str(self.session_id),
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.starts_at.replace(hour=self.starts_at.hour + 2).isoformat(),
        }
        data = {
            "activity_id": str(self.activity_id),
            "kind": self.kind,
            "title_zh": "会议",
            "title_en": "A meeting",
            "sessions": [session],
            **more,
        }
        receive(self.runtime, "activities", f"activity.{name}", self.activity_id, data)

    def attendance(self, person_id: UUID, present: bool = True, minutes: int = 120) -> dict[str, object]:
        return {
            "registration_id": str(self.registrations[person_id]),
            "session_id": str(self.session_id),
            "person_id": str(person_id),
            "present": present,
            "minutes": minutes if present else 0,
        }

    def attend(self, person_id: UUID, name: str = "confirmed", **more: object) -> None:
        data = self.attendance(person_id, **more)
        receive(self.runtime, "activities", f"attendance.{name}", self.registrations[person_id], data)


def first_quarter(runtime: Runtime, branch: Organisation) -> str:
    with runtime.reading() as session:
        rows = branch_year(session, branch.id, 2026, TODAY, ZONE).rows
        return next(row.cells[0].state for row in rows if row.duty.code == "members-meeting")


def test_attendance_makes_a_meeting_and_a_correction_unmakes_it(
    runtime: Runtime, branch: Organisation, people: list[Person]
) -> None:
    told = Told(runtime, "members-meeting", datetime(2026, 2, 3, 1, tzinfo=UTC), people)
    told.attend(people[0].id)  # before anything is known of the session
    told.tell("published")
    assert first_quarter(runtime, branch) == "thin"
    told.attend(people[1].id)
    assert first_quarter(runtime, branch) == "held"
    told.attend(people[1].id, "corrected", present=False)
    assert first_quarter(runtime, branch) == "thin"
    told.attend(people[1].id, "snapshot")
    assert first_quarter(runtime, branch) == "held"
    told.tell("changed", sessions=[])
    assert first_quarter(runtime, branch) == "missing"
    told.tell("snapshot", state="completed")
    assert first_quarter(runtime, branch) == "held"
    told.tell("cancelled")
    assert first_quarter(runtime, branch) == "missing"


def test_what_comes_twice_or_late_ends_right(
    runtime: Runtime, branch: Organisation, people: list[Person], clock: SettableClock
) -> None:
    told = Told(runtime, "members-meeting", datetime(2026, 2, 3, 1, tzinfo=UTC), people)
    told.tell("published")
    subject = told.registrations[people[0].id]
    there = event(
        "activities", "attendance.confirmed", subject, told.attendance(people[0].id), runtime=runtime, version=1
    )
    gone = event(
        "activities",
        "attendance.corrected",
        subject,
        told.attendance(people[0].id, present=False),
        runtime=runtime,
        version=2,
    )
    hand_over(runtime, gone)
    hand_over(runtime, there, there, gone)
    clock.advance(hours=1)
    hand_over(runtime, there)
    assert first_quarter(runtime, branch) == "missing"


def test_a_session_at_new_year_belongs_to_its_day_at_the_centre(
    runtime: Runtime, branch: Organisation, people: list[Person]
) -> None:
    told = Told(runtime, "members-meeting", datetime(2025, 12, 31, 17, tzinfo=UTC), people)
    told.tell("completed")
    for person in people:
        told.attend(person.id)
    assert first_quarter(runtime, branch) == "held"
    with runtime.reading() as session:
        assert len(attended_between(session, people[0].id, date(2026, 1, 1), date(2026, 1, 1), ZONE)) == 1
        assert attended_between(session, people[0].id, date(2025, 1, 1), date(2025, 12, 31), ZONE) == []


def test_the_year_of_a_branch_by_page_and_by_api(runtime: Runtime, branch: Organisation, people: list[Person]) -> None:
    told = Told(runtime, "meeting", datetime(2026, 2, 3, 1, tzinfo=UTC), people)
    told.tell("published")
    for person in people:
        told.attend(person.id)
    app = create_app(runtime)
    add_staff(runtime, "party", Grant("officer", "party"), language="en")
    browser = app.test_client()
    sign_in(browser, "party")
    url = f"/branches/{branch.id}/sessions/{told.session_id}"
    assert first_quarter(runtime, branch) == "missing"
    assert browser.post(url, data={**form_fields(browser, url), "duty": "members-meeting"}).status_code == 303
    assert first_quarter(runtime, branch) == "held"
    page = browser.get(f"/branches/{branch.id}?year=2026").text
    assert "2/3" in page
    assert "A meeting" in page
    assert browser.get("/branches/").status_code == 200
    assert browser.get(f"/branches/{branch.parent_id}").status_code == 404
    reader = bearer(runtime, Grant("viewer", "party"))
    found = app.test_client().get(f"/api/v1/meetings/{branch.id}/2026", headers=reader).json
    assert found["held"] == 1
    assert {one["person_id"] for one in found["study"]} == {str(one.id) for one in people}
    assert found["rows"][0]["cells"][0]["session_id"] == str(told.session_id)

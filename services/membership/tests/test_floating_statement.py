"""Floating members are counted here without a vote, and a statement of it goes back home."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from membership.app import create_app
from membership.ballots.queries import members_due
from membership.floating.commands import close_stay, register_stay
from membership.floating.models import FloatingStay
from membership.floating.statement import statement_of
from membership.meetings.commands import keep_attendance, keep_sessions
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from shared.identifiers import new_id
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import add_staff, sign_in

TODAY = date(2026, 11, 23)


@pytest.fixture
def guest(register: Callable[..., Person]) -> Person:
    return register("何川")


@pytest.fixture
def stay(runtime: Runtime, centre: Centre, branch: Organisation, guest: Person) -> FloatingStay:
    with runtime.unit_of_work() as work:
        return register_stay(
            work,
            guest.id,
            host_organisation_id=branch.id,
            home_place="外地某街道党支部",
            started_on=date(2026, 3, 1),
            expected_until=date(2027, 3, 1),
            centre=centre,
        )


def attend(runtime: Runtime, person: Person, *starts: datetime) -> None:
    with runtime.unit_of_work() as work:
        for starts_at in starts:
            session = {"session_id": new_id(), "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
            keep_sessions(work, new_id(), "theme-day", ("主题党日", "Theme day"), [session])
            keep_attendance(work, new_id(), session["session_id"], person.id, True, 90)


def test_what_was_attended_in_the_stay_is_counted_and_gives_no_vote(
    runtime: Runtime,
    centre: Centre,
    branch: Organisation,
    guest: Person,
    stay: FloatingStay,
    register: Callable[..., Person],
    join: Callable[..., Membership],
) -> None:
    join(register("江海"), branch, start_on=date(2020, 1, 1))
    before, within, last = (datetime(2026, *day, 2, tzinfo=UTC) for day in ((2, 28), (3, 1), (11, 1)))
    attend(runtime, guest, before, within, last)
    with runtime.reading() as session:
        made = statement_of(session, session.get_one(FloatingStay, stay.id), TODAY, centre.zone)
        assert ([line.day for line in made.lines], made.minutes, made.hours) == (
            [date(2026, 3, 1), date(2026, 11, 1)],
            180,
            4,
        )
        assert [one.name for one in members_due(session, branch.id, TODAY)] == ["江海"]
    with runtime.unit_of_work() as work:
        close_stay(work, stay.id, date(2026, 11, 1), version=1, centre=centre)
    with runtime.reading() as session:
        made = statement_of(session, session.get_one(FloatingStay, stay.id), TODAY, centre.zone)
        assert (made.last, len(made.lines)) == (date(2026, 10, 31), 1)


def test_the_statement_is_a_page_and_a_pdf(runtime: Runtime, guest: Person, stay: FloatingStay) -> None:
    attend(runtime, guest, *(datetime(2026, 4, 1, 2, tzinfo=UTC) + timedelta(days=3 * n) for n in range(45)))
    app = create_app(runtime)
    add_staff(runtime, "party", Grant("viewer", "party"), language="zh-Hans")
    browser = app.test_client()
    sign_in(browser, "party")
    page = browser.get(f"/floating/{stay.id}/statement")
    assert "共参加组织生活和学习活动45次，计4050分钟（90学时）" in page.text
    paper = browser.get(f"/floating/{stay.id}/statement.pdf").data
    assert paper.startswith(b"%PDF")
    assert paper.count(b"/Type /Page\n") == 2
    assert "45" in browser.get(f"/floating/{stay.id}").text

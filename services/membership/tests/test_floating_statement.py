"""Floating members are counted here without a vote, and a statement of it goes back home."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from membership.app import create_app
from membership.ballots.queries import members_due
from membership.dashboard.waiting import STAY, branch_work
from membership.floating.commands import close_stay, file_statement, register_stay
from membership.floating.models import FloatingStay
from membership.floating.rules import StatementData
from membership.floating.statement import statement_of
from membership.meetings.commands import keep_attendance, keep_sessions
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from shared.identifiers import new_id
from shared.principal import Grant
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.web import add_staff, bearer, form_fields, sign_in

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


def test_programs_register_confirm_and_close_and_a_stay_past_its_day_is_flagged(
    runtime: Runtime, guest: Person, branch: Organisation, join: Callable[..., Membership]
) -> None:
    join(guest, branch, start_on=date(2020, 1, 1))
    client = create_app(runtime).test_client()
    headers = {**bearer(runtime, Grant("officer", "party")), "Accept-Language": "en"}

    def send(url: str, body: dict[str, object], key: str, **more: str) -> TestResponse:
        return client.post(url, json=body, headers={**headers, "Idempotency-Key": key, **more})

    base = "/api/v1/floating-stays"
    body = {
        "person_id": str(guest.id),
        "host_place": "外地某街道党支部",
        "started_on": "2026-01-05",
        "expected_until": "2026-08-01",
    }
    made = send(base, body, "1")
    assert made.status_code == 201, made.json
    one = f"{base}/{made.json['id']}"
    assert [row["id"] for row in client.get(f"{base}?state=overdue", headers=headers).json["items"]] == [
        made.json["id"]
    ]
    stale = send(f"{one}/confirmation", {"on": "2026-02-01"}, "2", **{"If-Match": '"99"'})
    assert stale.status_code == 412
    etag = client.get(one, headers=headers).headers["ETag"]
    confirmed = send(f"{one}/confirmation", {"on": "2026-02-01"}, "3", **{"If-Match": etag})
    assert (confirmed.status_code, confirmed.json["host_registered_on"]) == (200, "2026-02-01")
    assert [event.data["floating_id"] for event in recorded(runtime, "floating.confirmed")] == [made.json["id"]]
    paper = {
        "first_on": "2026-01-05",
        "last_on": "2026-06-30",
        "received_on": "2026-07-10",
        "attended": 6,
        "place": "A-3",
    }
    wrong = send(f"{one}/statements", {**paper, "last_on": "2025-12-31", "received_on": "2026-12-01"}, "4")
    assert {reason["code"] for reason in wrong.json["reasons"]} == {"days-wrong", "received-wrong"}
    filed = send(f"{one}/statements", paper, "5")
    assert (filed.status_code, filed.json["statements"][0]["attended"]) == (201, 6)
    with runtime.reading() as session:
        waiting = branch_work(session, TODAY, "en")
    assert (STAY, guest.name) in {(work.kind, work.about) for work in waiting}
    add_staff(runtime, "party", Grant("officer", "party"), language="en")
    browser = create_app(runtime).test_client()
    sign_in(browser, "party")
    assert "Past the expected day" in browser.get("/floating/").text
    page = f"/floating/{made.json['id']}"
    data = {**form_fields(browser, f"{page}/statements"), "last_on": "2026-09-30", "attended": "3"}
    assert browser.post(f"{page}/statements", data=data).status_code == 303
    assert "expected to end" in browser.get(page).text
    closed = send(
        f"{one}/closing", {"on": "2026-11-01"}, "6", **{"If-Match": client.get(one, headers=headers).headers["ETag"]}
    )
    assert (closed.status_code, len(closed.json["statements"])) == (200, 2)
    assert client.get(one, headers=bearer(runtime, Grant("manager", "union"))).status_code == 403


def test_of_who_takes_part_here_the_statement_is_written_here(
    runtime: Runtime, centre: Centre, stay: FloatingStay
) -> None:
    data = StatementData(date(2026, 3, 1), date(2026, 6, 1), date(2026, 7, 1), 3, "A-3")
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        file_statement(work, stay.id, data, centre=centre)
    assert caught.value.code == "host-here"

"""Retention: shown before anything happens, stopped above a cap, marked, undone within a window, then removed."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from membership.acknowledgements.models import SERVICES, Acknowledgement
from membership.app import create_app
from membership.erasures.models import Erasure
from membership.erasures.queries import erasure_of
from membership.imports.models import Import
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.people.queries import get_person
from membership.retention.commands import mark_what_is_due, undo_run
from membership.retention.models import RetentionRun
from membership.retention.queries import DryRun, counts_of, dry_run, get_run
from membership.retention.rules import Retention, ended_before, read
from membership.retention.timers import remove_what_was_marked
from membership.settings import Centre
from shared.identifiers import new_id
from shared.principal import SYSTEM, Grant, Principal
from shared.refusal import Forbidden, Refused
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, form_fields, sign_in

TODAY = date(2026, 11, 23)
GIVEN = {"rules": {one: {"years": 1} for one in ("people", "files", "imports")}, "cap": {"count": 3, "percent": 5}}


@pytest.mark.parametrize(
    ("found", "people_found", "people", "stops"), [(3, 1, 20, False), (4, 0, 20, True), (2, 2, 39, True)]
)
def test_a_run_stops_above_a_number_of_records_and_above_a_share_of_all_people(
    found: int, people_found: int, people: int, stops: bool
) -> None:
    assert read({**GIVEN, "window_days": 1}).over_cap(found, people_found, people) is stops


def test_settings_that_cannot_be_right_are_named_and_years_are_full_years() -> None:
    with pytest.raises(ValueError, match="window_days"):
        read({**GIVEN, "window_days": 0})
    with pytest.raises(ValueError, match=r"cap\.percent"):
        read({**GIVEN, "cap": {"count": 1}, "window_days": 1})
    with pytest.raises(ValueError, match="people, files, imports"):
        read({**GIVEN, "rules": {}, "window_days": 1})
    assert ended_before(date(2028, 2, 29), 1) == date(2027, 2, 28)


@pytest.fixture
def crowd(
    runtime: Runtime,
    register: Callable[..., Person],
    branch: Organisation,
    join: Callable[..., Membership],
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Person]:
    """One who left long ago, one who left lately, one who came back, one who never belonged anywhere."""
    settings = Retention({"people": 10, "files": 10, "imports": 1}, 1, 100, 14)
    for module in ("queries", "commands", "pages"):
        monkeypatch.setattr(f"membership.retention.{module}.retention", lambda: settings)
    people = {name: register(name, phone=f"1380013800{number}") for number, name in enumerate("甲乙丙丁")}
    for name, end in (("甲", date(2016, 11, 23)), ("乙", date(2016, 11, 24)), ("丙", date(2010, 1, 1))):
        join(people[name], branch, start_on=date(2005, 1, 1), end_on=end)
    join(people["丙"], branch, start_on=date(2020, 1, 1))
    return people


def looked(runtime: Runtime, centre: Centre) -> DryRun:
    with runtime.reading() as session:
        return dry_run(session, SYSTEM, centre.today(runtime.clock()), centre)


def mark(runtime: Runtime, centre: Centre, expected: int, said: int | None = None) -> RetentionRun:
    with runtime.unit_of_work() as work:
        return mark_what_is_due(work, expected=expected, said=said, centre=centre)


def all_answer(runtime: Runtime, person: Person, **counts: int) -> None:
    with runtime.unit_of_work() as work:
        erasure = erasure_of(work.session, person.id)
        assert erasure is not None
        work.session.add_all(
            Acknowledgement(kind="check", matter_id=erasure.id, service=one, counts=counts, answered_at=work.now)
            for one in SERVICES
        )


def test_who_left_long_ago_is_erased_when_the_window_is_over_and_every_service_is_told(
    runtime: Runtime, crowd: dict[str, Person], centre: Centre, clock: SettableClock
) -> None:
    gone = crowd["甲"]
    found = looked(runtime, centre)
    assert [(one.rule, one.subject_id, one.ended_on) for one in found.due] == [("people", gone.id, date(2016, 11, 23))]
    assert recorded(runtime, "person.erasure-requested") == []
    run = mark(runtime, centre, 1)
    assert recorded(runtime, "person.erasure-requested")[-1].subject_id == gone.id
    all_answer(runtime, gone)
    clock.advance(days=13)
    assert remove_what_was_marked(runtime) == 0
    clock.advance(days=2)
    assert (remove_what_was_marked(runtime), remove_what_was_marked(runtime)) == (1, 0)
    assert recorded(runtime, "person.erased")[-1].subject_id == gone.id
    with runtime.reading() as session:
        assert get_person(session, gone.id).erased_at is not None
        assert get_run(session, run.id).state == "done"
        assert counts_of(session, run.id) == {("people", "removed"): 1}
    with pytest.raises(Refused, match="is over"), runtime.unit_of_work() as work:
        undo_run(work, run.id, version=2)


def test_a_run_is_undone_within_the_window_and_who_is_needed_elsewhere_is_kept(
    runtime: Runtime, crowd: dict[str, Person], centre: Centre, clock: SettableClock
) -> None:
    run = mark(runtime, centre, 1)
    with runtime.unit_of_work() as work:
        undo_run(work, run.id, version=1)
    with runtime.reading() as session:
        erasure = erasure_of(session, crowd["甲"].id)
        assert erasure is not None
        assert erasure.state == "withdrawn"
    clock.advance(days=15)
    assert remove_what_was_marked(runtime) == 0
    # The one who left a day later is due by now, and both are more than the cap of one.
    with pytest.raises(Refused, match="2 records are due by now"):
        mark(runtime, centre, 1)
    with pytest.raises(Refused, match="a manager writes the number"):
        mark(runtime, centre, 2)
    second = mark(runtime, centre, 2, said=2)
    all_answer(runtime, crowd["甲"], bookings=1)
    clock.advance(days=15)
    assert remove_what_was_marked(runtime) == 2
    with runtime.reading() as session:
        assert counts_of(session, second.id) == {("people", "kept"): 2}
        assert all(get_person(session, one.id).erased_at is None for one in crowd.values())


def test_of_two_runs_at_a_time_one_marks_and_only_managers_of_the_whole_centre_may(
    runtime: Runtime, crowd: dict[str, Person], centre: Centre, clerk: Callable[..., Principal]
) -> None:
    for who in (clerk("manager", "party"), clerk("officer")):
        with pytest.raises(Forbidden), runtime.unit_of_work(actor=who) as work:
            mark_what_is_due(work, expected=1, said=1, centre=centre)
    outcomes = at_once(*(partial(_tried, runtime, centre) for _ in range(3)))
    assert sorted(outcomes) == ["marked", "refused", "refused"]


def _tried(runtime: Runtime, centre: Centre) -> str:
    try:
        mark(runtime, centre, 1)
    except Refused:
        return "refused"
    return "marked"


def test_the_page_shows_what_is_due_and_marks_it_in_a_second_step(
    runtime: Runtime, crowd: dict[str, Person], centre: Centre, clock: SettableClock
) -> None:
    long_ago = datetime(2025, 11, 1, tzinfo=UTC)
    with runtime.unit_of_work() as work:
        work.session.add(
            Import(
                id=new_id(), file_name="old.csv", digest=b"0" * 32, state="given-up", uploaded_by="x",
                uploaded_at=long_ago,
            )
        )  # fmt: skip
    add_staff(runtime, "boss", Grant("manager", "*"), language="en")
    add_staff(runtime, "party", Grant("manager", "party"), language="en")
    app = create_app(runtime)
    client, other = app.test_client(), app.test_client()
    sign_in(client, "boss")
    sign_in(other, "party")
    assert other.get("/retention/").status_code == 403
    page = client.get("/retention/").text
    assert "甲" in page
    assert "old.csv" in page
    assert "More than one run may mark" in page
    sent: dict[str, Any] = form_fields(client, "/retention/mark")
    assert client.post("/retention/mark", data=sent).status_code == 422
    run = client.post("/retention/mark", data={**sent, **form_fields(client, "/retention/mark"), "said": "2"}).location
    assert "Marked, can be undone" in client.get(run).text
    assert "Boss" in client.get("/retention/?export=csv").data.decode("utf-8-sig")
    with runtime.unit_of_work() as work:
        work.session.execute(update(Erasure).values(state="withdrawn", decided_at=work.now))
    clock.advance(days=15)
    assert remove_what_was_marked(runtime) == 2
    sign_in(client, "boss")
    shown = client.get(run).text
    assert "Kept, something stands against it" in shown
    with runtime.reading() as session:
        assert session.query(Import).count() == 0

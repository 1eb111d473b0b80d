"""Transfers without gap or overlap, one at a time; the letter; floating members."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from membership.app import create_app
from membership.floating.commands import close_stay, confirm_other_end, register_stay
from membership.floating.rules import stay_reasons
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from membership.transfers.commands import accept_transfer, request_transfer, return_transfer
from membership.transfers.models import Transfer
from membership.transfers.rules import acceptance_reasons, valid_until
from shared.principal import Grant
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, form_fields, sign_in

REQUESTED = date(2026, 11, 2)


@pytest.fixture
def other(found: Callable[..., Organisation], branch: Organisation) -> Organisation:
    return found("P-2", "party-branch", Organisation(id=branch.parent_id))


@pytest.fixture
def member(register: Callable[..., Person], branch: Organisation, join: Callable[..., Membership]) -> Person:
    person = register("林海", phone="13800138000")
    join(person, branch, start_on=date(2020, 1, 1))
    return person


@pytest.fixture
def request_it(runtime: Runtime, centre: Centre, other: Organisation) -> Callable[..., Transfer]:
    def ask(person: Person, **more: object) -> Transfer:
        given_facts = {"to_organisation_id": other.id, "requested_on": REQUESTED, **more}
        with runtime.unit_of_work() as work:
            return request_transfer(work, person.id, centre=centre, **given_facts)

    return ask


def periods(runtime: Runtime, person: Person) -> list[tuple[object, str, date, date | None]]:
    with runtime.reading() as session:
        query = select(Membership).where(Membership.person_id == person.id).order_by(Membership.start_on)
        return [(one.organisation_id, one.role, one.start_on, one.end_on) for one in session.scalars(query)]


def test_pending_is_still_the_old_branch_and_accepted_leaves_no_gap(
    runtime: Runtime,
    centre: Centre,
    member: Person,
    branch: Organisation,
    other: Organisation,
    found: Callable[..., Organisation],
    join: Callable[..., Membership],
    request_it: Callable[..., Transfer],
) -> None:
    group = found("P-1-1", "party-group", branch)
    join(member, group, start_on=date(2021, 1, 1))
    join(member, branch, role="secretary", start_on=date(2022, 1, 1))
    transfer = request_it(member)
    assert all(end is None for _, _, _, end in periods(runtime, member))
    day = date(2026, 11, 20)
    with runtime.unit_of_work() as work:
        accept_transfer(work, transfer.id, day, version=1, centre=centre)
    assert periods(runtime, member) == [
        (branch.id, "member", date(2020, 1, 1), day),
        (group.id, "member", date(2021, 1, 1), day),
        (branch.id, "secretary", date(2022, 1, 1), day),
        (other.id, "member", day, None),
    ]
    assert [event.type.split(".")[3:5] for event in recorded(runtime) if ".transfer." in event.type] == [
        ["transfer", "requested"],
        ["transfer", "accepted"],
    ]
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        accept_transfer(work, transfer.id, day, version=2, centre=centre)
    assert caught.value.code == "not-pending"


def test_of_two_transfers_of_one_person_at_a_time_one_is_refused(
    runtime: Runtime, member: Person, request_it: Callable[..., Transfer]
) -> None:
    def request() -> str:
        request_it(member)
        return "requested"

    assert sorted(at_once(*[request] * 4)) == ["requested"] + ["transfer-pending"] * 3


def test_accepting_and_returning_at_a_time_does_one_of_them(
    runtime: Runtime, centre: Centre, member: Person, request_it: Callable[..., Transfer]
) -> None:
    transfer = request_it(member)

    def accept() -> str:
        with runtime.unit_of_work() as work:
            accept_transfer(work, transfer.id, date(2026, 11, 20), version=1, centre=centre)
        return "done"

    def give_back() -> str:
        with runtime.unit_of_work() as work:
            return_transfer(work, transfer.id, "wrong branch", version=1)
        return "done"

    assert sorted(at_once(accept, give_back)) == ["done", "not-pending"]
    assert len(periods(runtime, member)) in (1, 2)


def test_an_expired_letter_is_returned_and_asked_for_anew(
    runtime: Runtime, centre: Centre, member: Person, request_it: Callable[..., Transfer], clock: SettableClock
) -> None:
    transfer = request_it(member)
    clock.advance(days=100)
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        accept_transfer(work, transfer.id, date(2027, 2, 10), version=1, centre=centre)
    assert caught.value.code == "letter-expired"
    with runtime.unit_of_work() as work:
        return_transfer(work, transfer.id, "expired", version=1)
    assert request_it(member, requested_on=date(2027, 2, 10)).letter_number == "2027-00001"
    assert recorded(runtime, "transfer.returned")[0].data["state"] == "returned"


def test_a_member_comes_from_elsewhere_and_goes_elsewhere(
    runtime: Runtime,
    centre: Centre,
    register: Callable[..., Person],
    request_it: Callable[..., Transfer],
    other: Organisation,
) -> None:
    newcomer = register("何川", phone="13800138009")
    with pytest.raises(Refused) as caught:
        request_it(newcomer)
    assert caught.value.code == "no-branch"
    transfer = request_it(newcomer, from_place="某市某街道党支部")
    with runtime.unit_of_work() as work:
        accept_transfer(work, transfer.id, date(2026, 11, 10), version=1, centre=centre)
    leaving = request_it(newcomer, to_organisation_id=None, to_place="外省某党支部", requested_on=date(2026, 11, 12))
    with runtime.unit_of_work() as work:
        accept_transfer(work, leaving.id, date(2026, 11, 20), version=1, centre=centre)
    assert periods(runtime, newcomer) == [(other.id, "member", date(2026, 11, 10), date(2026, 11, 20))]


@given(requested=st.dates(date(2015, 1, 1), date(2026, 11, 23)), wait=st.integers(-5, 120), held=st.integers(0, 400))
def test_a_letter_is_accepted_from_its_request_to_its_end(requested: date, wait: int, held: int) -> None:
    until = valid_until(requested, 3)
    on = requested + timedelta(days=wait)
    since = requested - timedelta(days=held)
    codes = {reason.code for reason in acceptance_reasons(requested, until, since, on, date(2030, 1, 1))}
    assert ("before-request" in codes) == (wait < 0)
    assert ("letter-expired" in codes) == (on > until)
    assert ("before-role" in codes) == (on <= since)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(moves=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60), st.booleans()), min_size=1, max_size=6))
def test_as_of_any_day_is_what_replaying_the_moves_gives(
    runtime: Runtime,
    centre: Centre,
    register: Callable[..., Person],
    join: Callable[..., Membership],
    branch: Organisation,
    other: Organisation,
    moves: list[tuple[int, int, bool]],
) -> None:
    """No gap, no overlap: each day since the first has exactly one branch, the one that the moves so far lead to."""
    first = date(2020, 1, 1)
    person = register("林澄", email="a@example.com")
    join(person, branch, start_on=first)
    day, here, there = first, branch, other
    replay = {first: branch.id}
    for pause, wait, accepted in moves:
        asked = day + timedelta(days=pause)
        with runtime.unit_of_work() as work:
            transfer = request_transfer(work, person.id, to_organisation_id=there.id, requested_on=asked, centre=centre)
            if accepted:
                day = asked + timedelta(days=wait)
                accept_transfer(work, transfer.id, day, version=1, centre=centre)
                here, there = there, here
                replay[day] = here.id
            else:
                return_transfer(work, transfer.id, "returned", version=1)
    kept = periods(runtime, person)
    for offset in range(0, 420, 7):
        that_day = first + timedelta(days=offset)
        holding = [one[0] for one in kept if one[2] <= that_day and (one[3] is None or one[3] > that_day)]
        assert holding == [replay[max(known for known in replay if known <= that_day)]]


def test_floating_members_have_one_home_and_both_ends(
    runtime: Runtime, centre: Centre, member: Person, branch: Organisation, other: Organisation
) -> None:
    given_facts = {
        "host_organisation_id": other.id,
        "started_on": date(2026, 3, 1),
        "expected_until": date(2027, 3, 1),
        "centre": centre,
    }
    with runtime.unit_of_work() as work:
        stay = register_stay(work, member.id, **given_facts)
    assert (stay.home_organisation_id, stay.home_registered_on, stay.host_registered_on) == (
        branch.id,
        date(2026, 11, 23),
        None,
    )
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        register_stay(work, member.id, **given_facts)
    assert caught.value.code == "stay-open"
    with runtime.unit_of_work() as work:
        confirm_other_end(work, stay.id, date(2026, 3, 5), version=1, centre=centre)
    with runtime.unit_of_work() as work:
        ended = close_stay(work, stay.id, date(2026, 11, 1), version=2, centre=centre)
    assert ended.ended_on == date(2026, 11, 1)
    assert [event.data["ended_on"] for event in recorded(runtime, "floating.closed")] == ["2026-11-01"]
    assert periods(runtime, member) == [(branch.id, "member", date(2020, 1, 1), None)]
    short = stay_reasons(date(2026, 3, 1), date(2026, 8, 31), date(2026, 11, 23), 6)
    assert [reason.code for reason in short] == ["too-short"]


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_a_transfer_by_forms_with_its_letter(
    runtime: Runtime, member: Person, other: Organisation, language: str
) -> None:
    app = create_app(runtime)
    add_staff(runtime, "party", Grant("officer", "party"), language=language)
    browser = app.test_client()
    sign_in(browser, "party")

    def send(url: str, **fields: object) -> object:
        return browser.post(url, data={**form_fields(browser, url), **fields})

    asked = send(f"/transfers/new?person={member.id}", to_organisation_id=str(other.id))
    assert asked.status_code == 303, asked.text
    shown = browser.get(asked.location).text
    code = shown.partition("/letters/")[2].partition("<")[0]
    page = browser.get(f"{asked.location}/letter").text
    assert "兹有林海同志" in page
    assert "data-prints" in page
    letter = browser.get(f"{asked.location}/letter.pdf")
    assert letter.data.startswith(b"%PDF")
    assert browser.get(f"{asked.location}/code.svg").data.startswith(b"<svg")
    stranger = app.test_client()
    genuine = stranger.get(f"/letters/{code}")
    assert genuine.status_code == 200
    assert "林*" in genuine.text
    assert "林海" not in genuine.text
    assert stranger.get("/letters/forged").status_code == 404
    for url in ("/transfers/?state=requested&q=林", f"{asked.location}/return", "/floating/", "/floating/new"):
        assert browser.get(url).status_code == 200
    assert send(f"{asked.location}/accept").status_code == 303
    stay = send(
        f"/floating/new?person={member.id}",
        host_organisation_id="",
        host_place="外地某支部",
        started_on="2026-11-23",
        expected_until="2027-06-01",
    )
    assert stay.status_code == 303
    assert browser.get(stay.location).status_code == 200
    assert send(f"{stay.location}/confirm").status_code == 303
    assert send(f"{stay.location}/close").status_code == 303

"""One record for all four bodies: the others see a projection, and borrow more where the owner agrees."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from membership.add_requests.commands import accept, decline, expire, request_person, revoke, withdraw
from membership.add_requests.models import AddRequest
from membership.app import create_app
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from shared.principal import Grant, Principal
from shared.refusal import Forbidden, NotFound, Refused
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff, bearer, form_fields, sign_in, without_ids

BORN = date(1990, 5, 1)


@pytest.fixture
def member(register: Callable[..., Person], branch: Organisation, join: Callable[..., Membership]) -> Person:
    """A member of the Party."""
    person = register("王小明", phone="13800138000", email="wang@example.com", birth_on=BORN)
    join(person, branch)
    return person


@pytest.fixture
def ask(
    runtime: Runtime, clerk: Callable[..., Principal], centre: Centre, clock: SettableClock
) -> Callable[..., AddRequest]:
    def make(person: Person, body: str = "union", owner: str = "party") -> AddRequest:
        with runtime.unit_of_work(actor=clerk("officer", body)) as work:
            until = centre.today(work.now) + timedelta(days=30)
            return request_person(
                work, person.id, body=body, owner=owner, reason="summer coolness", until=until, centre=centre
            )

    return make


def test_another_body_sees_name_organisation_and_contact_status_until_the_owner_agrees(
    runtime: Runtime, member: Person, ask: Callable[..., AddRequest], clerk: Callable[..., Principal], centre: Centre
) -> None:
    api = create_app(runtime).test_client()
    url = f"/api/v1/people/{member.id}"
    union = bearer(runtime, Grant("officer", "union"))

    def seen() -> tuple[object, ...]:
        said = api.get(url, headers=union).json
        [listed] = api.get("/api/v1/people?search=王", headers=union).json["items"]
        assert listed == {**said}
        return tuple(said[name] for name in ("complete", "name", "phone", "email", "birth_on", "contact"))

    projection = (False, "王小明", None, None, None, "phone")
    entire = (True, "王小明", "+8613800138000", "wang@example.com", "1990-05-01", "phone")
    assert seen() == projection
    assert api.get(url, headers=bearer(runtime, Grant("viewer", "party"))).json["complete"] is True
    change = {"headers": {**union, "If-Match": '"1"'}, "json": {"email": "other@example.com"}}
    refused = api.patch(url, **change)
    assert (refused.status_code, refused.json["code"]) == (403, "projection-only")
    request = ask(member)
    assert seen() == projection
    with runtime.unit_of_work(actor=clerk("officer", "party")) as work:
        accept(work, request.id, version=1, centre=centre)
    assert seen() == entire
    assert api.patch(url, **change).status_code == 200
    with runtime.unit_of_work(actor=clerk("officer", "party")) as work:
        revoke(work, request.id, "not needed any more", version=2)
    assert seen() == projection


def test_each_side_does_its_own_and_nobody_else_learns_of_it(
    runtime: Runtime, member: Person, ask: Callable[..., AddRequest], clerk: Callable[..., Principal], centre: Centre
) -> None:
    request = ask(member)
    refused = ((("officer", "union"), Forbidden), (("viewer", "party"), Forbidden), (("admin", "league"), NotFound))
    for role, error in refused:
        who = clerk(*role)
        with pytest.raises(error), runtime.unit_of_work(actor=who) as work:
            accept(work, request.id, version=1, centre=centre)
    with pytest.raises(Forbidden), runtime.unit_of_work(actor=clerk("officer", "party")) as work:
        withdraw(work, request.id, version=1)
    with pytest.raises(Refused, match="asked for the person already"):
        ask(member)
    with runtime.unit_of_work(actor=clerk("officer", "party")) as work:
        assert decline(work, request.id, "not for us to share", version=1).state == "declined"
    assert ask(member).state == "requested"


def test_it_is_asked_of_the_owner_by_somebody_else(member: Person, ask: Callable[..., AddRequest]) -> None:
    with pytest.raises(Refused) as caught:
        ask(member, owner="league")
    assert [one.code for one in caught.value.reasons] == ["not-the-owner"]
    with pytest.raises(Refused) as caught:
        ask(member, body="party", owner="party")
    assert [one.code for one in caught.value.reasons] == ["owns-already"]


def test_what_is_not_answered_and_what_has_run_out_ends(
    runtime: Runtime,
    member: Person,
    ask: Callable[..., AddRequest],
    clerk: Callable[..., Principal],
    centre: Centre,
    clock: SettableClock,
) -> None:
    shared, waiting = ask(member), ask(member, body="league")
    with runtime.unit_of_work(actor=clerk("officer", "party")) as work:
        accept(work, shared.id, version=1, centre=centre)
    clock.advance(days=15)
    assert expire(runtime) == 1
    clock.advance(days=20)
    api, union = create_app(runtime).test_client(), bearer(runtime, Grant("officer", "union"))
    assert api.get(f"/api/v1/people/{member.id}", headers=union).json["complete"] is False
    assert (expire(runtime), expire(runtime)) == (1, 0)
    with pytest.raises(Refused), runtime.unit_of_work(actor=clerk("officer", "party")) as work:
        accept(work, waiting.id, version=2, centre=centre)


def test_the_desk_asks_and_the_owner_finds_it_on_the_first_page(runtime: Runtime, member: Person) -> None:
    app = create_app(runtime)

    def open_as(body: str) -> FlaskClient:
        add_staff(runtime, body, Grant("officer", body), language="en")
        client = app.test_client()
        sign_in(client, body)
        return client

    union, party = open_as("union"), open_as("party")
    shown = union.get(f"/people/{member.id}").text
    assert "belongs to another body" in shown
    assert "138" not in without_ids(shown)
    assert "138" not in union.get("/people/export.csv").text
    assert "another body" in union.get("/people/?q=王").text
    for page in ("edit", "guardians"):
        assert union.get(f"/people/{member.id}/{page}").status_code == 404
    url = f"/add-requests/new/{member.id}"
    page = union.post(url, data={**form_fields(union, url), "reason": "summer coolness"}).location
    assert "Records asked for by other bodies" in party.get("/").text
    assert "Records asked for by other bodies" not in union.get("/").text
    token = form_fields(party, f"{page}/refuse")
    assert party.post(f"{page}/accept", data={"csrf_token": token["csrf_token"], "version": "1"}).location == page
    assert "138 0013 8000" in union.get(f"/people/{member.id}").text
    refusing = f"{page}/refuse"
    party.post(refusing, data={**form_fields(party, refusing), "note": "not needed any more"})
    assert "138 0013 8000" not in union.get(f"/people/{member.id}").text
    assert "Taken back" in union.get("/add-requests/").text

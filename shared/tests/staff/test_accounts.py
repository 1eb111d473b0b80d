import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from shared.principal import Grant, Principal
from shared.refusal import Forbidden, Refused, Stale
from shared.runtime import Runtime
from shared.staff.accounts import add_account, find_account, set_active, set_grants
from shared.staff.models import Account
from shared.staff.tokens import add_token, list_tokens
from shared.testing.fakes import SettableClock
from shared.testing.web import PASSWORD, add_staff, form_fields, sign_in

THINGS = "/api/v1/things"


def account(runtime: Runtime, username: str) -> Account:
    with runtime.reading() as session:
        found = find_account(session, username)
        assert found is not None
        return found


@pytest.mark.parametrize(
    ("username", "password", "code"),
    [("li", "short", "password-length"), ("l i", PASSWORD, "username-malformed"), ("WANG", PASSWORD, "username-taken")],
)
def test_an_account_needs_a_free_name_and_a_long_password(
    runtime: Runtime, username: str, password: str, code: str
) -> None:
    add_staff(runtime, "wang")
    with pytest.raises(Refused) as refused:
        with runtime.unit_of_work() as work:
            add_account(work, username=username, name="Li", password=password)
    assert refused.value.code == code


def test_a_second_role_in_one_body_replaces_the_first(runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("viewer", "union"), Grant("manager", "union"), Grant("viewer", "party"))
    assert set(account(runtime, "li").principal().grants) == {Grant("manager", "union"), Grant("viewer", "party")}


def test_two_administrators_do_not_overwrite_each_other(runtime: Runtime) -> None:
    add_staff(runtime, "li")
    li = account(runtime, "li")
    with runtime.unit_of_work() as work:
        set_grants(work, li.id, [Grant("viewer", "party")], version=li.version)
    with pytest.raises(Stale):
        with runtime.unit_of_work() as work:
            set_grants(work, li.id, [Grant("admin", "*")], version=li.version)


def test_nobody_deactivates_their_own_account(runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("admin", "*"))
    li = account(runtime, "li")
    with pytest.raises(Refused, match="your own account"):
        with runtime.unit_of_work(actor=li.principal()) as work:
            set_active(work, li.id, False)


def test_an_administrator_adds_grants_and_deactivates_on_the_staff_page(admin: FlaskClient, runtime: Runtime) -> None:
    fields = form_fields(admin, "/staff/new")
    added = admin.post(
        "/staff/new",
        data={**fields, "name": "Li Ming", "username": "li.ming", "password": PASSWORD, "league": "officer"},
    )
    assert added.status_code == 303, added.text
    li = account(runtime, "li.ming")
    assert li.principal().grants == (Grant("officer", "league"),)
    page = f"/staff/{li.id}"
    token = form_fields(admin, page)["csrf_token"]
    none = dict.fromkeys(("all_bodies", "party", "union", "league"), "")
    roles = {**none, "csrf_token": token, "version": str(li.version), "women": "manager"}
    assert admin.post(f"{page}/roles", data=roles).status_code == 303
    assert account(runtime, "li.ming").principal().grants == (Grant("manager", "women"),)
    late = {**roles, "women": "officer", "league": "officer"}
    stale = admin.post(f"{page}/roles", data=late)
    assert stale.status_code == 409
    assert stale.text.count('type="radio"') == 4, "the roles in two bodies differ"
    assert account(runtime, "li.ming").principal().grants == (Grant("manager", "women"),)
    short = admin.post(f"{page}/password", data={"csrf_token": token, "password": "short"})
    assert short.status_code == 422
    assert "at least 10 characters" in short.text
    assert "running sessions end at once" in admin.get(f"{page}/active").text
    admin.post(f"{page}/active", data=form_fields(admin, f"{page}/active"))
    assert not account(runtime, "li.ming").active
    assert "Deactivated" in admin.get("/staff/").text


def test_the_staff_page_is_for_administrators(client: FlaskClient, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("manager", "*"))
    sign_in(client, "li")
    for url in ("/staff/", "/staff/new", "/staff/tokens/new"):
        assert client.get(url).status_code == 403


def test_an_administrator_of_one_body_does_not_change_accounts(client: FlaskClient, runtime: Runtime) -> None:
    add_staff(runtime, "li", Grant("admin", "union"))
    sign_in(client, "li")
    fields = form_fields(client, "/staff/new")
    answer = client.post(
        "/staff/new", data={**fields, "name": "X", "username": "xx", "password": PASSWORD, "all_bodies": "admin"}
    )
    assert answer.status_code == 403


def test_a_token_is_shown_once_works_and_can_be_revoked(
    admin: FlaskClient, client: FlaskClient, runtime: Runtime
) -> None:
    fields = form_fields(admin, "/staff/tokens/new")
    made = admin.post("/staff/tokens/new", data={**fields, "name": "kiosk", "days": "30", "party": "officer"})
    found = re.search(r"yz_[\w-]{40,}", made.text)
    assert found is not None
    headers = {"Authorization": f"Bearer {found[0]}"}
    assert found[0] not in admin.get("/staff/").text
    assert client.post(THINGS, json={"name": "Chess"}, headers=headers).status_code == 201
    assert client.post(THINGS, json={"name": "Go", "body": "union"}, headers=headers).status_code == 403
    assert client.get("/things/", headers=headers).status_code == 302
    with runtime.reading() as session:
        [token] = list_tokens(session)
    assert found[0].encode() not in token.token_hash
    admin.post(f"/staff/tokens/{token.id}/revoke", data=form_fields(admin, f"/staff/tokens/{token.id}/revoke"))
    assert client.get(THINGS, headers=headers).status_code == 401
    assert "Revoked" in admin.get("/staff/").text


def test_a_token_expires(client: FlaskClient, runtime: Runtime, clock: SettableClock) -> None:
    with runtime.unit_of_work() as work:
        token = add_token(work, name="kiosk", grants=[Grant("viewer", "*")], valid_for=timedelta(days=1))
    headers = {"Authorization": f"bearer {token}"}
    assert client.get(THINGS, headers=headers).status_code == 200
    clock.advance(days=1)
    assert client.get(THINGS, headers=headers).status_code == 401


def test_nobody_gives_a_token_more_than_they_hold(runtime: Runtime) -> None:
    manager = Principal(UUID(int=1), "Li", grants=(Grant("manager", "union"),))
    with pytest.raises(Forbidden):
        with runtime.unit_of_work(actor=manager) as work:
            add_token(work, name="kiosk", grants=[Grant("manager", "party")])


def test_a_token_without_grants_is_refused(runtime: Runtime) -> None:
    with pytest.raises(Refused, match="at least one role"):
        with runtime.unit_of_work() as work:
            add_token(work, name="kiosk", grants=[])

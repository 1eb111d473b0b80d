"""The staff pages, used the way a browser without scripts uses them."""

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from membership.app import create_app
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.translations import untranslated
from shared.testing.web import add_staff, form_fields, sign_in, without_ids

NUMBER = "11010519491231002X"


@pytest.fixture
def open_as(runtime: Runtime) -> Callable[..., FlaskClient]:
    """``open_as("manager", "union")``: a browser in which somebody of that role is signed in."""
    app = create_app(runtime)

    def make(role: str, body: str = "*", language: str = "en") -> FlaskClient:
        name = f"{role}-{'all' if body == '*' else body}-{language.lower()}"
        add_staff(runtime, name, Grant(role, body), language=language)
        client = app.test_client()
        sign_in(client, name)
        return client

    return make


def send(client: FlaskClient, url: str, **fields: object) -> object:
    return client.post(url, data={**form_fields(client, url), **fields})


def test_every_text_has_its_chinese() -> None:
    assert untranslated("membership") == []


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_page_opens(
    open_as: Callable[..., FlaskClient],
    register: Callable[..., Person],
    branch: Organisation,
    join: Callable[..., Membership],
    language: str,
) -> None:
    person = register("王小明", id_number=NUMBER, phone="13800138000")
    membership = join(person, branch)
    browser = open_as("manager", language=language)
    for url in (
        "/people/",
        "/people/?q=小&phone=8000&body=party",
        "/people/new",
        f"/people/new?guardian={person.id}",
        f"/people/{person.id}",
        f"/people/{person.id}/edit",
        f"/people/{person.id}/guardians",
        f"/people/{person.id}/reveal",
        "/organisations/",
        "/organisations/?q=P&kind=party-branch",
        "/organisations/new",
        f"/organisations/new?parent={branch.parent_id}",
        f"/organisations/{branch.id}",
        f"/organisations/{branch.id}/edit",
        f"/organisations/{branch.id}/close",
        "/memberships/",
        "/memberships/?as_of=2025-01-01&role=member",
        "/memberships/new",
        f"/memberships/new?person={person.id}&organisation={branch.id}",
        f"/memberships/{membership.id}/end",
        "/households/",
        f"/households/new?adult={person.id}",
        "/imports/",
        "/imports/new",
        "/imports/template.csv",
    ):
        answer = browser.get(url)
        assert answer.status_code == 200, url
        assert NUMBER not in answer.text


def test_a_person_is_registered_changed_and_shown_masked(open_as: Callable[..., FlaskClient]) -> None:
    browser = open_as("officer")
    sent = send(browser, "/people/new", name="王小明", phone="13800138000", id_number=NUMBER)
    assert sent.status_code == 303
    page = browser.get(sent.location)
    assert "110105********002X" in page.text
    assert "1949" not in without_ids(page.text)
    changed = send(browser, f"{sent.location}/edit", name="王明")
    assert changed.status_code == 303
    assert "王明" in browser.get(changed.location).text


def test_every_error_of_a_form_is_shown_at_once(open_as: Callable[..., FlaskClient]) -> None:
    browser = open_as("officer")
    answer = send(browser, "/people/new", name="x", phone="1", email="y", guardians="Nobody")
    assert answer.status_code == 422
    for text in ("no telephone number", "no e-mail address", "Nobody called Nobody is registered."):
        assert text in answer.text


def test_a_child_is_registered_from_the_page_of_its_guardian(
    open_as: Callable[..., FlaskClient], register: Callable[..., Person]
) -> None:
    mother = register("王芳", phone="13800138000")
    browser = open_as("officer")
    child = {"name": "王小宝", "birth_on": "2018-05-01", "given_on": "2026-11-01", "paper": "C-1"}
    sent = send(browser, f"/people/new?guardian={mother.id}", **child)
    assert sent.status_code == 303
    page = browser.get(sent.location).text
    assert "王芳家" in page
    assert "Through guardians" in page


def test_only_managers_see_a_whole_id_number_and_once(
    open_as: Callable[..., FlaskClient], register: Callable[..., Person]
) -> None:
    person = register("王小明", id_number=NUMBER)
    url = f"/people/{person.id}/reveal"
    assert open_as("officer").get(url).status_code == 403
    browser = open_as("manager")
    shown = send(browser, url, reason="insurance form")
    assert NUMBER in shown.text
    page = browser.get(f"/people/{person.id}").text
    assert NUMBER not in page
    assert "insurance form" in page


def test_viewers_see_half_a_phone_and_no_buttons(
    open_as: Callable[..., FlaskClient], register: Callable[..., Person]
) -> None:
    person = register("王小明", phone="13800138000", email="wang@example.com")
    browser = open_as("viewer")
    for url in ("/people/", f"/people/{person.id}"):
        page = browser.get(url).text
        assert "+8613800138000" not in page
        assert "138••••8000" in page
        assert "wang@example.com" not in page
    assert browser.get("/people/new").status_code == 403
    assert browser.get("/people/export.csv").status_code == 403


def test_an_organisation_is_founded_under_another_one(
    open_as: Callable[..., FlaskClient], branch: Organisation
) -> None:
    browser = open_as("officer", "party")
    url = f"/organisations/new?parent={branch.id}"
    sent = send(browser, url, code="P-1-1", name_zh="装配党小组", name_en="Assembly group")
    assert sent.status_code == 303
    assert "装配党小组" in browser.get(sent.location).text
    assert open_as("officer", "union").get(f"/organisations/{branch.id}/edit").status_code == 403


def test_a_membership_starts_and_ends_by_forms(
    open_as: Callable[..., FlaskClient], register: Callable[..., Person], branch: Organisation
) -> None:
    register("王小明", phone="13800138000")
    browser = open_as("officer", "party")
    sent = send(browser, f"/memberships/new?organisation={branch.id}", person="王小明", start_on="2026-01-01")
    assert sent.status_code == 303
    page = browser.get(sent.location).text
    assert "Current" in page
    [end] = {part.split('"')[0] for part in page.split('href="')[1:] if part.split('"')[0].endswith("/end")}
    assert send(browser, end, end_on="2026-06-01").status_code == 303
    assert "Ended" in browser.get(sent.location).text
    again = send(browser, f"/memberships/new?organisation={branch.id}", person="张三", start_on="2026-01-01")
    assert again.status_code == 422


def test_a_household_is_entered_and_changed(
    open_as: Callable[..., FlaskClient], register: Callable[..., Person]
) -> None:
    register("王芳", phone="13800138000")
    register("李雷", phone="13800138001")
    browser = open_as("officer")
    sent = send(browser, "/households/new", name="王芳家", adults="王芳, 李雷")
    assert sent.status_code == 303
    assert "李雷" in browser.get(sent.location).text
    changed = send(browser, f"{sent.location}/edit", adults="13800138000")
    assert changed.status_code == 303
    assert "李雷" not in browser.get(sent.location).text


def test_what_two_people_change_shows_both_versions(
    open_as: Callable[..., FlaskClient], register: Callable[..., Person]
) -> None:
    browser = open_as("manager")
    person = register("王芳", phone="13800138000")
    household = send(browser, "/households/new", name="王芳家", adults="王芳").location
    for url, more in ((f"/people/{person.id}/edit", {}), (f"{household}/edit", {"adults": "13800138000"})):
        late = form_fields(browser, url)
        assert send(browser, url, name="王芳芳", **more).status_code == 303
        answer = browser.post(url, data={**late, "name": "王小芳", **more})
        assert answer.status_code == 409
        for said in ("王芳芳", "王小芳", "Both changed it"):
            assert said in answer.text, url


def test_a_file_is_previewed_with_its_errors_and_a_good_one_imported(open_as: Callable[..., FlaskClient]) -> None:
    browser = open_as("officer")

    def take(text: str) -> str:
        file = (io.BytesIO(text.encode("gb18030")), "名单.csv")
        return str(send(browser, "/imports/new", file=file).location)

    bad = browser.get(take("姓名,手机\n王小明,12\n")).text
    assert "phone-invalid" in bad
    assert "/confirm" not in bad
    good = take("姓名,手机\n王小明,13800138000\n")
    assert "/confirm" in browser.get(good).text
    assert send(browser, good).status_code == 405
    token = form_fields(browser, good)
    assert browser.post(f"{good}/confirm", data=token).status_code == 303
    assert "王小明" in browser.get("/people/").text


def test_an_export_has_no_id_numbers_and_nothing_live(
    open_as: Callable[..., FlaskClient], register: Callable[..., Person]
) -> None:
    register("王小明", id_number=NUMBER, phone="13800138000")
    register("=cmd()", phone="+447911123456")
    answer = open_as("officer").get("/people/export.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    text = answer.data.decode("utf-8-sig")
    assert NUMBER not in text
    assert "'=cmd(),'+447911123456," in text
    assert "王小明,13800138000," in text


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_first_page_shows_each_body_its_own(
    open_as: Callable[..., FlaskClient],
    register: Callable[..., Person],
    branch: Organisation,
    join: Callable[..., Membership],
    language: str,
) -> None:
    join(register("王小明", phone="13800138000"), branch)
    party = open_as("viewer", "party", language)
    page = party.get("/")
    assert page.status_code == 200
    assert "/charts/members.svg" in page.text
    for name in ("stages", "members"):
        chart = party.get(f"/charts/{name}.svg")
        assert (chart.status_code, chart.mimetype) == (200, "image/svg+xml")
    union = open_as("viewer", "union", language)
    assert "/charts/" not in union.get("/").text
    assert "/development/" not in union.get("/").text
    assert union.get("/charts/stages.svg").status_code == 403

"""What staff of one body learn of people of another: where they belong today, and of the way into the Party nothing."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from membership import settings
from membership.app import create_app
from membership.households.commands import MemberData, found_household
from membership.imports.commands import upload
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import add_staff, bearer, form_fields, sign_in, without_ids

BODIES = ("party", "union", "league", "women")
STAGES = ("activist", "probationary-member")
WORDS = ("Activist", "activist", "Probationary", "probationary", "入党积极分子", "预备党员")


@dataclass
class Centre:
    """A branch with one person of each kind, each also seen as whole by nobody but the Party (or by everybody)."""

    branch: Organisation
    union: Organisation
    people: dict[str, Person]
    memberships: dict[str, Membership]
    open_as: Callable[[str], FlaskClient]
    api: Callable[[str, str], Any]


@pytest.fixture
def house(
    runtime: Runtime,
    register: Callable[..., Person],
    found: Callable[..., Organisation],
    branch: Organisation,
    join: Callable[..., Membership],
) -> Centre:
    union = found("U-1", "union", found("U", "union-federation"))
    people, memberships = {}, {}
    kinds = (("member", 1975), ("activist", 1985), ("probationary-member", 1995), ("secretary", 1965))
    for number, (role, year) in enumerate(kinds):
        person = register(f"王{role}", phone=f"1380013800{number}", birth_on=date(year, 5, 1), id_number=_NUMBERS[role])
        people[role], memberships[role] = person, join(person, branch, role, start_on=date(2024, number + 1, 3))
    join(people["secretary"], branch, "member", start_on=date(2020, 2, 1))
    join(people["activist"], union, start_on=date(2021, 6, 1))
    app = create_app(runtime)

    def open_as(body: str) -> FlaskClient:
        name = f"{body.replace('*', 'all')}-staff"
        add_staff(runtime, name, Grant("manager", body), language="en")
        client = app.test_client()
        sign_in(client, name)
        return client

    def api(body: str, url: str) -> Any:
        return app.test_client().get(f"/api/v1{url}", headers=bearer(runtime, Grant("viewer", body)))

    return Centre(branch, union, people, memberships, open_as, api)


_NUMBERS = {
    "member": "110105197505010023",
    "activist": "110105198505010028",
    "probationary-member": "110105199505010022",
    "secretary": "110105196505010029",
}


def test_no_door_tells_another_body_a_role_of_the_party_or_who_is_on_the_way_into_it(house: Centre) -> None:
    person, org = {role: str(one.id) for role, one in house.people.items()}, str(house.branch.id)
    doors = [
        "/memberships/?",
        "/memberships/?as_of=2024-12-31",
        f"/memberships/?organisation={org}",
        "/memberships/?body=party&sort=name",
        "/memberships/?export=csv",
        f"/memberships/?export=csv&organisation={org}&sort=-start",
        f"/organisations/{org}",
        "/people/?",
        "/people/?q=王",
        "/people/?body=party",
        f"/people/?organisation={org}",
        "/people/export.csv",
        f"/people/export.csv?organisation={org}",
        *(f"/people/{one}" for one in person.values()),
        *(f"/erasures/new/{one}" for one in person.values()),
        *(f"/memberships/?role={role}" for role in STAGES),
    ]
    for body in BODIES[1:]:
        client = house.open_as(body)
        for door in doors:
            answer = client.get(door)
            text = _without_choices(answer.text, house)
            told = [word for word in (*WORDS, "Secretary", "development file", "2024") if word in text]
            assert told == [], (body, door)
        for door in (one for one in doors if f"organisation={org}" in one or one == f"/organisations/{org}"):
            assert "王activist" not in client.get(door).text, (body, door)
        for role in ("member", *STAGES, "secretary"):
            assert "王" not in client.get(f"/memberships/?role={role}&body=party").text
        for path in ("/branches/", f"/branches/{org}", "/elections/", "/development/"):
            assert client.get(path).status_code in (403, 404)
        for sort in ("start", "-end"):
            assert "王" not in client.get(f"/memberships/?body=party&sort={sort}").text
        assert "王member" not in client.get("/memberships/?as_of=2024-12-31&body=party").text
        assert client.get(f"/organisations/{org}").text.count("王secretary</a>") == 1
        assert "organisations/" + org not in client.get(f"/people/{person['activist']}").text
        assert "organisations/" + org in client.get(f"/people/{person['member']}").text
    party = house.open_as("party")
    for door in ("/memberships/?", f"/organisations/{org}", f"/people/{person['activist']}"):
        assert "Activist" in _without_choices(party.get(door).text, house)


def test_the_api_says_the_organisation_without_role_and_days(house: Centre) -> None:
    for body in BODIES[1:]:
        items = house.api(body, f"/memberships?organisation_id={house.branch.id}").json["items"]
        assert {(one["complete"], one["role"], one["start_on"], one["end_on"]) for one in items} == {
            (False, None, None, None)
        }
        people = sorted(one["person_id"] for one in items)
        assert people == sorted(str(house.people[one].id) for one in ("member", "secretary"))
        for query in ("role=activist", "role=member", "as_of=2024-12-31", "body=party&role=secretary"):
            said = house.api(body, f"/memberships?organisation_id={house.branch.id}&{query}").json["items"]
            assert said == [], (body, query)
        for role in STAGES:
            assert house.api(body, f"/memberships/{house.memberships[role].id}").status_code == 404
        assert house.api(body, f"/memberships/{house.memberships['member'].id}").json["role"] is None
        for query in ("body=party", f"organisation_id={house.branch.id}"):
            names = {one["name"] for one in house.api(body, f"/people?{query}").json["items"]}
            assert names == {"王member", "王secretary"}
    said = house.api("party", f"/memberships?organisation_id={house.branch.id}&role=activist").json["items"]
    assert [(one["role"], one["start_on"]) for one in said] == [("activist", "2024-02-03")]


def test_who_is_only_on_the_way_into_the_party_looks_to_others_as_if_there_were_no_such_role(house: Centre) -> None:
    """The probationary member is everybody's like anybody without a role; the activist is the union's."""
    whole = {
        body: {role: house.api(body, f"/people/{one.id}").json["complete"] for role, one in house.people.items()}
        for body in BODIES
    }
    nobody_elses = {"member": False, "activist": False, "probationary-member": True, "secretary": False}
    assert whole == {
        "party": dict.fromkeys(nobody_elses, True),
        "union": {**nobody_elses, "activist": True},
        "league": nobody_elses,
        "women": nobody_elses,
    }


def test_numbers_and_birthdays_of_other_bodies_cannot_be_found_out_by_searching_or_sorting(house: Centre) -> None:
    def names(client: FlaskClient, query: str) -> list[str]:
        return re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', client.get(f"/people/?{query}").text)

    league, union, party = (house.open_as(body) for body in ("league", "union", "party"))
    for tail in ("8000", "0", _NUMBERS["member"][-4:]):
        assert "王member" in names(party, f"q={tail}")
        assert "王member" not in names(league, f"q={tail}") + names(union, f"q={tail}")
    assert "王activist" in names(union, "q=8001")
    assert "王activist" not in names(league, "q=8001")
    assert names(league, "sort=born") == ["王probationary-member"]
    assert names(union, "sort=-born") == ["王probationary-member", "王activist"]
    assert len(names(party, "sort=born")) == 4
    assert set(names(league, "sort=name")) == {f"王{role}" for role in house.people}
    rows = list(csv.reader(io.StringIO(league.get("/people/export.csv?sort=born").text)))
    assert [row[0] for row in rows[1:]] == ["王probationary-member"]
    assert house.api("league", "/people?phone=8000").json["items"] == []
    assert [one["name"] for one in house.api("party", "/people?phone=8000").json["items"]] == ["王member"]


def test_a_merge_or_an_erasure_tells_a_manager_of_another_body_nothing_of_the_party(
    runtime: Runtime, house: Centre, register: Callable[..., Person], join: Callable[..., Membership]
) -> None:
    twin = register("王activist", birth_on=date(1985, 5, 1))
    join(twin, house.branch, "activist", start_on=date(2025, 1, 1))
    union, activist = house.open_as("union"), house.people["activist"]
    pages = [f"/duplicates/{activist.id}/{twin.id}", f"/duplicates/{twin.id}/into/{activist.id}"]
    for page in pages:
        text = union.get(page).text
        assert "Activist" not in text
        assert "Organisation P-1" not in text
    assert "Another body keeps something about both records" in union.get(pages[1]).text
    assert "Activist" in house.open_as("party").get(pages[0]).text
    league = house.open_as("league")
    assert [league.get(page).status_code for page in pages] == [403, 403]
    assert "王activist" not in league.get("/duplicates/").text


def _without_choices(page: str, house: Centre) -> str:
    """Without what stands in filters and addresses, which name every role there is, and without the names of people."""
    plain = re.sub(r"<select.*?</select>|<input[^>]*>|(?:href|action)=\"[^\"]*\"", "", page, flags=re.DOTALL)
    plain = re.sub("as of [^<]*", "", plain)
    for person in house.people.values():
        plain = plain.replace(person.name, "")
    return plain


def test_a_family_is_told_to_who_sees_somebody_of_it_whole_and_of_the_others_the_name(
    runtime: Runtime, house: Centre, register: Callable[..., Person]
) -> None:
    people, centre = house.people, settings.Centre.of(runtime.settings)
    with runtime.unit_of_work() as work:
        mixed = [MemberData(people["member"].id), MemberData(people["activist"].id)]
        shared = found_household(work, "王家", mixed, centre=centre)
        partys = found_household(work, "秘书家", [MemberData(people["secretary"].id)], centre=centre)
    union, league, party = (house.open_as(body) for body in ("union", "league", "party"))
    assert [one["name"] for one in house.api("union", "/households").json["items"]] == ["王家"]
    assert house.api("league", "/households").json["items"] == []
    for client, seen in ((union, True), (league, False), (party, True)):
        assert ("王家" in client.get("/households/?q=王").text) is seen
        assert ("王家" in client.get("/households/?export=csv").text) is seen
        for page in ("", "/edit"):
            assert client.get(f"/households/{shared.id}{page}").status_code == (200 if seen else 404)
            assert client.get(f"/households/{partys.id}{page}").status_code == (200 if client is party else 404)
    for body, status in (("union", 404), ("league", 404), ("party", 200)):
        assert house.api(body, f"/households/{partys.id}").status_code == status
    for page in ("", "/edit"):
        shown = (client.get(f"/households/{shared.id}{page}").text for client in (union, party))
        text, whole = (without_ids(one).replace(" ", "") for one in shown)
        assert "王member" in text
        assert "8000" not in text
        assert "8001" in text
        assert "8000" in whole
    form = {**form_fields(union, "/households/new"), "name": "x", "adults": str(people["secretary"].id)}
    assert "belongs to another body" in union.post("/households/new", data=form).text
    assert house.api("party", "/households").json["items"][0]["name"] == "秘书家"


def test_who_is_cared_for_at_a_station_is_told_to_who_sees_the_whole_record(
    house: Centre, found: Callable[..., Organisation], join: Callable[..., Membership]
) -> None:
    station = found("S-1", "station", found("S", "centre"))
    served = join(house.people["member"], station, "served", start_on=date(2024, 5, 1))
    join(house.people["secretary"], station, "volunteer", start_on=date(2024, 5, 1))
    for body, status in (("party", 200), ("union", 404), ("league", 404)):
        assert house.api(body, f"/memberships/{served.id}").status_code == status
        client = house.open_as(body)
        doors = (f"/organisations/{station.id}", "/memberships/?role=served", f"/people/?organisation={station.id}")
        for door in doors:
            assert ("王member" in client.get(door).text) is (status == 200), (body, door)
        assert "王secretary" in client.get(doors[0]).text
        person = client.get(f"/people/{house.people['member'].id}").text
        assert (f"organisations/{station.id}" in person) is (status == 200)
    with_all = house.open_as("*")
    assert "王member" in with_all.get("/memberships/?role=served").text


def test_an_import_is_there_for_officers_of_the_body_that_uploaded_it(runtime: Runtime, house: Centre) -> None:
    union, party = house.open_as("union"), house.open_as("party")
    file = (io.BytesIO("姓名,手机\n赵一,13800139000\n".encode()), "union-list.csv")
    page = union.post("/imports/new", data={**form_fields(union, "/imports/new"), "file": file}).location
    name = page.removeprefix("/imports/")
    everybody = house.open_as("*")
    for client in (union, everybody):
        assert "赵一" in client.get(page).text
        assert "union-list" in client.get("/imports/").text
        assert client.get(f"{page}/errors.xlsx").status_code == 200
    for door in (page, f"{page}/errors.xlsx"):
        assert party.get(door).status_code == 404
    for door in ("/imports/", "/imports/?export=csv"):
        assert "union-list" not in party.get(door).text
    token = form_fields(party, "/imports/new")
    for deed in ("confirm", "give-up"):
        assert party.post(f"{page}/{deed}", data=token).status_code == 404
    app = create_app(runtime).test_client()
    for body, status in (("party", 404), ("union", 200), ("*", 200)):
        assert app.get(f"/api/v1/imports/{name}", headers=bearer(runtime, Grant("officer", body))).status_code == status
    headers = bearer(runtime, Grant("officer", "party"))
    assert app.get("/api/v1/imports", headers=headers).json["items"] == []
    for deed in ("confirmation", "giving-up"):
        sent = app.post(f"/api/v1/imports/{name}/{deed}", headers={**headers, "Idempotency-Key": f"key-of-{deed}-1"})
        assert sent.status_code == 404
    assert "/confirm" in union.get(page).text
    with runtime.unit_of_work() as work:
        made = upload(
            work, "old.csv", "姓名,手机\n钱二,13800139001\n".encode(), centre=settings.Centre.of(runtime.settings)
        )
        made.bodies = None
    assert union.get(f"/imports/{made.id}").status_code == 404
    assert everybody.get(f"/imports/{made.id}").status_code == 200

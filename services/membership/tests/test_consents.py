"""A child under 14 is registered with a guardian's consent, and another is asked for when it is withdrawn."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from membership.app import create_app
from membership.consents.commands import record_consent, withdraw_consent
from membership.consents.queries import consents_of, missing_among
from membership.consents.rules import ConsentData, consent_reasons
from membership.memberships.commands import start_membership
from membership.organisations.models import Organisation
from membership.people.commands import update_person
from membership.people.models import Person
from membership.settings import Centre
from shared.identifiers import new_id
from shared.principal import Grant
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.web import add_staff, form_fields, sign_in

BORN, TODAY = date(2018, 5, 1), date(2026, 11, 23)
GUARDIAN = new_id()


@pytest.mark.parametrize(
    ("consent", "guardians", "codes"),
    [
        (ConsentData(TODAY, "同意书 7"), [GUARDIAN], []),
        (ConsentData(TODAY, "同意书 7", GUARDIAN), [GUARDIAN], []),
        (ConsentData(TODAY, "同意书 7", new_id()), [GUARDIAN], ["consent-of-no-guardian"]),
        (ConsentData(TODAY, "同意书 7"), [], ["guardian-needed"]),
        (ConsentData(date(2026, 11, 24), "7"), [GUARDIAN], ["consent-day", "consent-paper"]),
        (ConsentData(date(2018, 4, 30), "同意书 7"), [GUARDIAN], ["consent-day"]),
        (ConsentData(None, " " * 9), [GUARDIAN], ["consent-day", "consent-paper"]),
    ],
)
def test_a_guardian_consents_on_a_day_that_has_come_on_a_paper_that_can_be_found(
    consent: ConsentData, guardians: list[UUID], codes: list[str]
) -> None:
    assert [one.code for one in consent_reasons(consent, guardians, BORN, TODAY)] == codes


@pytest.fixture
def mother(register: Callable[..., Person]) -> Person:
    return register("王芳", phone="13800138000", birth_on=date(1990, 1, 1))


@pytest.fixture
def child(register: Callable[..., Person], mother: Person) -> Person:
    return register("王小宝", birth_on=BORN, guardian_ids=(mother.id,))


def test_without_a_consent_nobody_under_14_is_registered_or_joins_anything(
    runtime: Runtime,
    register: Callable[..., Person],
    mother: Person,
    child: Person,
    centre: Centre,
    found: Callable[..., Organisation],
) -> None:
    with pytest.raises(Refused) as caught:
        register("王二宝", birth_on=BORN, guardian_ids=(mother.id,), consent=None)
    assert [(one.code, one.field) for one in caught.value.reasons] == [("consent-needed", "consent")]
    station = found("C-1", "station", found("C", "centre"))

    def join() -> None:
        with runtime.unit_of_work() as work:
            start_membership(
                work, person_id=child.id, organisation_id=station.id, role="volunteer", start_on=date(2026, 11, 1)
            )

    with runtime.unit_of_work() as work:
        [given] = consents_of(work.session, child.id)
        withdraw_consent(work, given.id, TODAY, centre=centre)
    with pytest.raises(Refused, match="Under 14"):
        join()
    with runtime.reading() as session:
        assert missing_among(session, [child.id, mother.id], TODAY) == {child.id}
    with runtime.unit_of_work() as work:
        record_consent(work, child.id, ConsentData(TODAY, "同意书 8"), centre=centre)
    join()
    youth = register("王大宝", birth_on=date(2010, 1, 1), guardian_ids=(mother.id,), consent=None)
    with pytest.raises(Refused, match="Under 14"), runtime.unit_of_work() as work:
        update_person(work, youth.id, {"birth_on": BORN}, version=1, centre=centre)


def test_a_consent_stands_while_the_one_who_gave_it_is_a_guardian_and_once_withdrawn_stays_so(
    runtime: Runtime, child: Person, centre: Centre
) -> None:
    with runtime.unit_of_work() as work:
        [given] = consents_of(work.session, child.id)
        for day in (date(2026, 10, 31), date(2026, 11, 24)):
            with pytest.raises(Refused, match="has come"):
                withdraw_consent(work, given.id, day, centre=centre)
        withdraw_consent(work, given.id, TODAY, centre=centre)
        with pytest.raises(Refused, match="already"):
            withdraw_consent(work, given.id, TODAY, centre=centre)
    with runtime.unit_of_work() as work:
        record_consent(work, child.id, ConsentData(TODAY, "同意书 8"), centre=centre)
        work.session.execute(text("DELETE FROM guardianships"))
        assert missing_among(work.session, [child.id], TODAY) == {child.id}


def test_the_desk_registers_a_child_withdraws_the_consent_and_is_asked_for_another(
    runtime: Runtime, mother: Person
) -> None:
    add_staff(runtime, "li", Grant("officer", "union"), language="en")
    client = create_app(runtime).test_client()
    sign_in(client, "li")
    sent = {"name": "王小宝", "birth_on": "2018-05-01", "guardians": "王芳"}
    refused = client.post("/people/new", data={**form_fields(client, "/people/new"), **sent})
    assert refused.status_code == 422
    assert "Under 14 a guardian" in refused.text
    page = _sent(client, "/people/new", **sent, given_on="2026-11-01", paper="File 7")
    shown = client.get(page).text
    assert "File 7" in shown
    assert "Consents of guardians to ask for" not in client.get("/").text
    _sent(client, shown.split("/consents/")[1].split('"')[0].join(("/consents/", "")), withdrawn_on="2026-11-23")
    assert "to be asked for" in client.get(page).text
    assert "Consents of guardians to ask for" in client.get("/").text
    assert "王小宝" in client.get("/consents/").text
    assert "王小宝" in client.get("/consents/?export=csv").data.decode("utf-8-sig")
    _sent(client, f"/consents/new/{page.rpartition('/')[2]}", given_on="2026-11-20", paper="File 8")
    assert "王小宝" not in client.get("/consents/").text


def _sent(client: FlaskClient, url: str, **data: str) -> str:
    answer = client.post(url, data={**form_fields(client, url), **data})
    assert answer.status_code == 303, answer.text
    return answer.location

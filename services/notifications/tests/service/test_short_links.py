"""The way to the preferences for people who have only a telephone."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from notifications.app import create_app
from notifications.preferences.queries import switched_off
from notifications.sending.sender import Sender
from notifications.short_links.commands import end_links, make_link, send_link
from notifications.short_links.models import PreferenceLink
from notifications.short_links.queries import person_of
from notifications.testing.conditions import messages
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from notifications.wording.queries import offered_placeholders
from shared.database.tables import AuditRow
from shared.principal import Grant, Principal
from shared.refusal import Forbidden, Refused
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock
from shared.testing.web import add_staff, form_fields, sign_in

OFFICER = Principal(None, "王某", grants=(Grant("officer", "union"),))
PATH = re.compile(r"https?://[^/]+(/p/[\w-]+)")


@pytest.fixture
def client(runtime: Runtime) -> FlaskClient:
    return create_app(runtime).test_client()


def test_an_sms_leads_to_the_preferences_until_staff_end_it_and_staff_never_see_the_link(
    client: FlaskClient, runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox, clock: SettableClock
) -> None:
    person = others.contact(email=None)
    with runtime.unit_of_work(actor=OFFICER) as work:
        message = send_link(work, person)
    sender.run_once()
    [sent] = mailbox.messages()
    found = PATH.search(sent["text"])
    assert found is not None
    fields = form_fields(client, found[1])
    assert client.post(found[1], data={**fields, "waiting": ""}).status_code == 303
    with runtime.reading() as session:
        assert switched_off(session, person) >= {"waiting"}
    add_staff(runtime, "li", Grant("officer", "*"))
    browser = create_app(runtime).test_client()
    sign_in(browser, "li")
    page = browser.get(f"/messages/{message.id}").text
    assert ("/p/••••" in page, found[1] in page) == (True, False)
    assert client.get(found[1][:-2] + "xx").status_code == 404
    clock.advance(hours=1)
    with runtime.unit_of_work(actor=OFFICER) as work:
        end_links(work, person)
    assert client.get(found[1]).status_code == 404
    clock.advance(hours=1)
    with runtime.unit_of_work(actor=OFFICER) as work:
        send_link(work, person)
    sender.run_once()
    again = PATH.search(mailbox.messages()[0]["text"])
    assert again is not None
    assert client.get(again[1]).status_code == 200
    clock.advance(hours=24 * 401)
    assert client.get(again[1]).status_code == 404


def test_the_link_of_staff_is_shown_once_kept_as_a_hash_and_audited(runtime: Runtime, others: Others) -> None:
    person = others.contact(email=None)
    add_staff(runtime, "li", Grant("officer", "union"))
    browser = create_app(runtime).test_client()
    sign_in(browser, "li")
    page = browser.get(f"/people/{person}")
    assert "Show a link once" in page.text
    fields = form_fields(browser, f"/people/{person}")
    made = browser.post(f"/people/{person}/link/make", data=fields)
    found = PATH.search(made.text)
    assert found is not None
    assert "no-store" in made.headers["Cache-Control"]
    assert create_app(runtime).test_client().get(found[1]).status_code == 200
    token = found[1].removeprefix("/p/")
    with runtime.reading() as session:
        [kept] = session.scalars(select(PreferenceLink)).all()
        assert token not in str(vars(kept))
        [entry] = session.scalars(select(AuditRow).where(AuditRow.action == "preferences-link-made")).all()
        assert (entry.subject, token in str(entry.facts)) == (f"person/{person}", False)
    with runtime.unit_of_work(actor=OFFICER) as work:
        end_links(work, person)
        assert person_of(work.session, token, runtime.settings.secret_key, work.now) is None


def test_who_may_not_make_links_makes_none_and_nobody_is_flooded(runtime: Runtime, others: Others) -> None:
    person, unreachable = others.contact(), others.contact(phone=None)
    viewer = Principal(None, "看", grants=(Grant("viewer", "*"),))
    for command in (make_link, send_link, end_links):
        with pytest.raises(Forbidden), runtime.unit_of_work(actor=viewer) as work:
            command(work, person)
    with runtime.unit_of_work(actor=OFFICER) as work:
        for _ in range(3):
            send_link(work, person)
        with pytest.raises(Refused) as refused:
            send_link(work, person)
        assert refused.value.code == "too-many-links"
    with pytest.raises(Refused) as refused, runtime.unit_of_work(actor=OFFICER) as work:
        send_link(work, unreachable)
    assert refused.value.code == "not-reachable"
    assert len(messages(runtime)) == 3


def test_texts_may_lead_to_the_preferences_and_lines_of_digests_may_not(runtime: Runtime) -> None:
    with runtime.reading() as session:
        assert {"preferences", "preferences_code"} <= offered_placeholders(session, "registration-confirmed")
        assert "preferences" not in offered_placeholders(session, "registration-confirmed-line")

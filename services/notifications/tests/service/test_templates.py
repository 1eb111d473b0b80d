"""Templates as staff write them: drafts, refusals, publishing, history, previews and tests on oneself."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from notifications.app import create_app
from notifications.messages.queries import counts_since
from notifications.messages.rules import TEST_EVENT
from notifications.providers.models import ApprovedText
from notifications.sending.sender import Sender
from notifications.testing.conditions import messages, states
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from notifications.wording.queries import find_draft, templates_in_use, versions_of
from shared.principal import SYSTEM, Grant
from shared.runtime import Runtime
from shared.staff.models import Account
from shared.testing.web import add_staff, bearer, form_fields, sign_in

SMS = "/templates/registration-confirmed/sms/zh-Hans"
MAIL = "/templates/registration-confirmed/email/zh-Hans"


@pytest.fixture
def browser(runtime: Runtime) -> FlaskClient:
    client = create_app(runtime).test_client()
    add_staff(runtime, "wang", Grant("manager", "*"), language="en")
    sign_in(client, "wang")
    return client


@pytest.fixture
def approving(configured: Callable[..., Runtime]) -> Runtime:
    """A service whose only gateways want each text approved."""
    gateways = [
        {"name": "ali", "kind": "aliyun", "key_id": "k", "secret": "s", "price": "0.045"},
        {"name": "ten", "kind": "tencent", "key_id": "k", "secret": "s", "app_id": "1", "signature": "新多集团"},
    ]
    return configured(SMS_PROVIDERS=json.dumps(gateways))


def _save(client: FlaskClient, url: str = SMS, **fields: str) -> int:
    return client.post(f"{url}/edit", data={**form_fields(client, f"{url}/edit"), **fields}).status_code


def _publish(client: FlaskClient, url: str = SMS) -> int:
    return client.post(f"{url}/publish", data=form_fields(client, f"{url}/publish")).status_code


def test_pages_of_a_text_mark_their_place_in_the_navigation(browser: FlaskClient) -> None:
    for page in (SMS, f"{SMS}/edit"):
        assert '<a href="/templates/" aria-current="page">' in browser.get(page).text


def test_a_form_of_an_older_draft_is_stale_although_drafts_are_counted_anew(
    browser: FlaskClient, runtime: Runtime
) -> None:
    early = {**form_fields(browser, f"{SMS}/edit"), "body": "((who))旧的((title))"}
    assert _save(browser, body="((who))来吧((title))") == 303
    shown = form_fields(browser, f"{SMS}/publish")
    assert _publish(browser) == 303
    assert (
        browser.post(f"{SMS}/edit", data={**form_fields(browser, f"{SMS}/edit"), **_but_tokens(early)}).status_code
        == 409
    )
    assert _save(browser, body="((who))再来((title))") == 303
    late = {**form_fields(browser, f"{SMS}/publish"), **_but_tokens(shown)}
    assert browser.post(f"{SMS}/publish", data=late).status_code == 422


def _but_tokens(fields: dict[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in ("version", "body") if name in fields}


def test_programs_write_preview_try_and_publish_drafts(runtime: Runtime, others: Others) -> None:
    client, headers = create_app(runtime).test_client(), bearer(runtime, Grant("manager", "*"))
    url = f"/api/v1{SMS}"
    assert client.get(f"{url}/draft", headers=headers).status_code == 404
    text = {"body": "((who))来吧((title))，详见((preferences))"}
    assert client.put(f"{url}/draft", json=text, headers=headers).status_code == 428
    begun = client.put(f"{url}/draft", json=text, headers={**headers, "If-Match": "*"})
    assert (begun.status_code, begun.json["follows"]) == (200, 1)
    tag = begun.headers["ETag"]
    stale = client.put(f"{url}/draft", json=text, headers={**headers, "If-Match": '"100000"'})
    assert stale.status_code == 412
    wrong = client.put(f"{url}/draft", json={"body": "((nothing))"}, headers={**headers, "If-Match": tag})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["body"])
    shown = client.post(f"{url}/preview", json=text, headers=headers).json
    assert (shown["text"].startswith("【党群服务中心】"), "/p/••••" in shown["text"]) == (True, True)
    assert {price["destination"] for price in shown["prices"]} == {"mainland", "abroad"}
    assert client.post(f"{url}/test", json=text, headers=headers).json["type"].endswith("no-person")
    number = int(tag.strip('"'))
    made = client.post(f"{url}/draft/publish", json={"etag": number}, headers=headers)
    assert (made.status_code, made.json["version"]) == (201, 2)
    assert client.post(f"{url}/draft/publish", json={"etag": number}, headers=headers).status_code == 404
    again = client.put(f"{url}/draft", json=text, headers={**headers, "If-Match": "*"})
    gone = client.delete(f"{url}/draft", headers={**headers, "If-Match": again.headers["ETag"]})
    assert gone.status_code == 204
    low = bearer(runtime, Grant("manager", "union"), name="low")
    assert client.post(f"{url}/preview", json=text, headers=low).status_code == 403


def test_a_draft_changes_nothing_until_it_is_published_and_the_history_shows_what_changed(
    browser: FlaskClient, runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    assert _save(browser, body="((who))来吧((title))") == 303
    others.registration("confirmed", others.contact(email=None))
    assert "not published" in browser.get(SMS).text
    assert _publish(browser) == 303
    others.registration("confirmed", others.contact(email=None))
    sender.run_once()
    assert sorted(message["text"].endswith("您来吧小候鸟暑期班") for message in mailbox.messages()) == [False, True]
    compared = browser.get(f"{SMS}/versions/2").text
    assert "<ins>来吧</ins>" in compared
    assert "<del>" in compared
    restored = browser.post(f"{SMS}/versions/1/restore", data=form_fields(browser, f"{SMS}/versions/1/restore"))
    assert restored.status_code == 303
    with runtime.reading() as session:
        newest, _, first = versions_of(session, "registration-confirmed", "sms", "zh-Hans")
        assert (newest.version, newest.body, newest.restored_from) == (3, first.body, 1)
        assert find_draft(session, "registration-confirmed", "sms", "zh-Hans") is None


def test_two_who_write_at_once_do_not_overwrite_each_other(browser: FlaskClient, runtime: Runtime) -> None:
    fields = form_fields(browser, f"{SMS}/edit")
    assert browser.post(f"{SMS}/edit", data={**fields, "body": "甲((title))"}).status_code == 303
    late = {**form_fields(browser, f"{SMS}/edit"), "version": fields["version"], "body": "乙((title))"}
    refused = browser.post(f"{SMS}/edit", data=late)
    assert (refused.status_code, "甲((title))" in refused.text, "乙((title))" in refused.text) == (409, True, True)
    assert refused.text.count('type="radio"') == 2, "only the text differs"
    headers = bearer(runtime, Grant("manager", "*"))
    data = {"body": "丙((title))", "version": 1}
    address = "/api/v1/templates/registration-confirmed/sms/zh-Hans/versions"
    assert browser.post(address, json=data, headers=headers).status_code == 201
    assert _publish(browser) == 422


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("((nonsense))", "no value called nonsense"),
        ("您好((title)", "What begins at character 3 is no placeholder"),
        ("您好title))", "closes nothing"),
        ("  ", "There is no text."),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_refused_with_field_and_reason(
    browser: FlaskClient, body: str, reason: str
) -> None:
    answer = browser.post(f"{SMS}/edit", data={**form_fields(browser, f"{SMS}/edit"), "body": body})
    assert answer.status_code == 422
    assert reason in answer.text
    assert 'href="#body"' in answer.text


def test_a_text_needs_a_code_where_each_gateway_wants_one_and_parameters_that_carry_all_of_it(
    approving: Runtime,
) -> None:
    client = create_app(approving).test_client()
    add_staff(approving, "wang", Grant("manager", "*"), language="en")
    sign_in(client, "wang")
    assert _save(client, body="您好((title))((when))") == 303
    answer = client.post(f"{SMS}/publish", data=form_fields(client, f"{SMS}/publish"))
    assert "ali sends only texts that it approved" in answer.text
    wrong = {"code-ten": "100", "parameters-ten": "1 = ((title))\n3 = ((name))"}
    page = client.post(
        f"{SMS}/edit", data={**form_fields(client, f"{SMS}/edit"), "body": "您好((title))((when))", **wrong}
    )
    assert "must be 1, 2, in this order" in page.text
    assert "((when)), which no parameter carries" in page.text
    right = {"code-ten": "100", "parameters-ten": "1 = ((title))\n2 = ((when))"}
    assert _save(client, body="您好((title))((when))", **right) == 303
    assert _publish(client) == 303
    with approving.reading() as session:
        rows = session.scalars(select(ApprovedText)).all()
        newest = versions_of(session, "registration-confirmed", "sms", "zh-Hans")[0]
    assert [(row.template_id, row.provider, row.code, row.parameters) for row in rows] == [
        (newest.id, "ten", "100", [["1", "((title))"], ["2", "((when))"]])
    ]
    shown = {**form_fields(client, f"{SMS}/edit"), **right, "sample": "made-up", "body": "您好((title))((when))"}
    preview = client.post(f"{SMS}/preview", data=shown).text
    assert "[&#34;小候鸟暑期班&#34;, &#34;7月15日（周三）09:00–11:00&#34;]" in preview
    assert "{&#34;title&#34;: &#34;小候鸟暑期班&#34;" in preview
    assert "您好${title}${when}" in preview


def test_a_preview_fills_in_a_past_event_and_counts_what_it_costs(
    browser: FlaskClient, runtime: Runtime, others: Others
) -> None:
    others.registration("confirmed", others.contact(name="欧阳某"), title_zh="{{7*7}}<script>((x))")
    edit = browser.get(f"{SMS}/edit").text
    assert "{{7*7}}&lt;script&gt;((x)) · 欧阳某" in edit
    fields = form_fields(browser, f"{SMS}/edit")
    assert fields["sample"].isdigit()
    shown = browser.post(f"{SMS}/preview", data={**fields, "body": "((name))：((title))" + "长" * 60})
    assert "欧阳某：{{7*7}}&lt;script&gt;((x))长" in shown.text
    assert shown.text.count("sms-part") == 2
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    lacking = browser.post(f"{SMS}/preview", data={**fields, "body": "((child))"})
    assert "gives no value for child" in lacking.text
    mail = browser.post(f"{MAIL}/preview", data={**fields, "subject": "((title))"}).text
    assert mail.count("<iframe") == 2
    assert "&lt;h1" in mail
    assert "<script" not in mail


def test_viewers_preview_made_up_people_alone(runtime: Runtime, others: Others) -> None:
    others.registration("confirmed", others.contact(name="欧阳某"))
    client = create_app(runtime).test_client()
    add_staff(runtime, "li", Grant("viewer", "*"))
    sign_in(client, "li")
    assert "张某某" in client.get(f"{SMS}/preview").text
    assert client.get(f"{SMS}/preview?draft=yes").status_code == 403
    assert client.get(f"{SMS}/edit").status_code == 403


def test_a_test_goes_to_oneself_alone_is_marked_and_counted_apart(
    browser: FlaskClient, runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox
) -> None:
    fields = {**form_fields(browser, f"{MAIL}/edit"), "subject": "新((title))", "body": "((when))"}
    assert "tied to no person" in browser.post(f"{MAIL}/test", data=fields).text
    me, stranger = others.contact(name="王某", phone=None), others.contact(phone=None, sample=False)
    for person in (me, stranger):
        with runtime.unit_of_work() as work:
            work.session.execute(update(Account).where(Account.username == "wang").values(person_id=person))
        fields = {**form_fields(browser, f"{MAIL}/edit"), "subject": "新((title))", "body": "((when))"}
        assert browser.post(f"{MAIL}/test", data=fields).status_code == 303
    sender.run_once()
    assert states(runtime) == {"sent": 1, "suppressed": 1}
    assert [message.reason for message in messages(runtime, stranger)] == ["not-on-allow-list"]
    [mail] = mailbox.messages()
    assert mail["subject"].startswith("【测试】新")
    assert {message.event_type for message in messages(runtime)} == {TEST_EVENT}
    with runtime.reading() as session:
        assert not any(one.key.startswith("test:") for one in templates_in_use(session))
        assert counts_since(session, messages(runtime)[0].created_at, SYSTEM) == {"tests": 2}
    assert "sent as tests today" in browser.get("/").text
    assert browser.get(f"/messages?event={TEST_EVENT}").text.count("Test of a template") >= 2


@pytest.mark.parametrize(
    "value", ["a\x00b", "{{7*7}}((name))<script>x</script>", "=1+1\r\nBcc: a@sample.invalid", "名\u202egpj"]
)
def test_values_that_mean_harm_go_all_the_way_and_stay_what_they_are(
    browser: FlaskClient, runtime: Runtime, others: Others, sender: Sender, mailbox: Mailbox, value: str
) -> None:
    others.registration("confirmed", others.contact(name=f"某{value}".replace("\x00", "")), title_zh=value)
    sender.run_once()
    assert states(runtime) == {"sent": 2}
    shown = " ".join(value.replace("\x00", "").replace("\u202e", "").split())
    sms, mail = (mailbox.messages(channel=channel)[0] for channel in ("sms", "email"))
    assert shown.replace(" ", "") in sms["text"].replace(" ", "")
    assert shown.replace(" ", "") in mail["subject"].replace(" ", "")
    raw = mailbox.get(f"/api/messages/{mail['id']}/raw").text
    assert "\nBcc" not in raw
    page = browser.get(f"/messages/{messages(runtime)[0].id}").text
    assert "<script>x" not in page
    assert "49" not in page.partition("<h2>")[2].partition("</h2>")[2][:400] or "7*7" in page

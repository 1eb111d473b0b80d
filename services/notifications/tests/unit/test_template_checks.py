"""Codes of providers, texts to hand in, differences, and values that somebody chose to do harm."""

import csv
import io
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from notifications.messages.content import render_text
from notifications.messages.invitations import invitation
from notifications.sending.mail import MailWriter
from notifications.wording.approvals import Approval, as_the_vendor_gets_it, check_approvals, submission
from notifications.wording.differences import differences
from notifications.wording.rules import check_template
from shared.web.exporting import write

HOSTILE = (
    "{{7*7}}", "((x))", "((title??y))", "<script>alert(1)</script>", "a\r\nBcc: victim@sample.invalid", "=1+1",
    "+SUM(A1)", "@x", "家庭👨‍👩‍👧", "שלום\u202egnp.exe", "a\x00b", "&amp;", "%(name)s ${name}", "-1", "\t=2",
)  # fmt: skip
values = st.sampled_from(HOSTILE) | st.text(max_size=60).map(lambda text: text.replace("\ud800", ""))
CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F),
                          *range(0x2066, 0x206A)])  # fmt: skip


class _Text(HTMLParser):
    """The text of a page, and its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _mail(value: str) -> tuple[bytes, str]:
    facts = {"title": value, "name": value, "child": None, "who": value}
    content = render_text("email", "zh-Hans", "关于((title))", "您好((title))，\n\n((who))", facts, "中心")
    writer = MailWriter("中心 <centre@sample.invalid>", None, ZoneInfo("Asia/Shanghai"))
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return writer.write(UUID(int=1), "a@sample.invalid", "zh-Hans", content, now), content.html


@given(values)
def test_a_value_changes_no_header_and_no_markup_of_a_mail(value: str) -> None:
    raw, html = _mail(value)
    harmless, harmless_html = _mail("x")
    headers = message_from_bytes(raw, policy=policy.default)
    assert list(headers.keys()) == list(message_from_bytes(harmless, policy=policy.default).keys())
    page, plain = _Text(), _Text()
    page.feed(html)
    plain.feed(harmless_html)
    assert set(page.tags) <= {*plain.tags, "br"}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_reads_in_each_sink_as_it_was_written(value: str) -> None:
    shown = value.translate(CONTROLS)
    one_line = " ".join(shown.split())
    raw, html = _mail(value)
    page = _Text()
    page.feed(html)
    mail = message_from_bytes(raw, policy=policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    assert one_line.replace(" ", "") in str(mail["Subject"]).replace(" ", "")
    assert shown.replace("\r", "").strip() in body.get_content()
    assert one_line.replace(" ", "") in "".join(page.words).replace(" ", "").replace("\n", "")
    sms = render_text("sms", "zh-Hans", "", "((title))", {"title": value}, "中心").text
    assert sms.replace(" ", "") == f"【中心】{one_line}".replace(" ", "")
    assert value.startswith("((") == ("((" in as_the_vendor_gets_it("tencent", [("1", "((title))")], {"title": value}))


@given(values)
def test_a_value_stays_within_its_line_of_a_calendar_entry(value: str) -> None:
    facts = {"title": {"zh": value, "en": value}, "place": {"zh": value, "en": value},
             "when": {"from": "2026-11-24T08:00:00+00:00", "to": None}}  # fmt: skip
    made = invitation(
        "activities.registration.confirmed", facts, subject="registration/1", version=1, language="zh-Hans",
        organiser=("中心", "centre@sample.invalid"), attendee=(value, "a@sample.invalid"), about_name=value,
        now=datetime(2026, 11, 23, tzinfo=UTC),
    )  # fmt: skip
    assert made is not None
    [event] = Calendar.from_ical(made.content).walk("VEVENT")
    assert set(event.keys()) <= {
        "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "SUMMARY", "LOCATION", "STATUS", "ORGANIZER", "ATTENDEE"
    }  # fmt: skip
    assert str(event["uid"]) == "registration-1@sample.invalid"
    assert "\x00" not in made.content


@given(values)
def test_a_value_in_a_spreadsheet_is_text(value: str) -> None:
    [_, row] = list(csv.reader(io.StringIO(write("csv", ["h"], [[value]]).decode("utf-8-sig"), newline="")))
    assert row[0][:1] not in tuple("=+-@\t\r")


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        (["1", "2"], []),
        (["1", "3"], ["order-incomplete"]),
        (["2", "1"], ["order-incomplete"]),
        (["when", "title"], []),
        (["a", "a"], ["names"]),
    ],
)
def test_numbered_parameters_have_no_gap(names: list[str], codes: list[str]) -> None:
    approval = Approval("ten", "1", tuple(zip(names, ("((when))", "((title))"), strict=True)))
    reasons = check_approvals("((when))：((title))", [approval], ["when", "title"])
    assert [reason.code for reason in reasons] == codes


def test_a_text_is_handed_in_with_each_vendors_own_placeholders() -> None:
    body = "((name))您好((place??，在((place))))，((name))。"
    aliyun, tencent = submission(body, "aliyun"), submission(body, "tencent")
    assert (aliyun.text, tencent.text) == ("${name}您好${place}，${name}。", "{1}您好{2}，{1}。")
    assert tencent.parameters == (("1", "((name))"), ("2", "((place??，在((place))))"))
    assert check_approvals(body, [Approval("ten", "1", tencent.parameters)], ["name", "place"]) == []


@pytest.mark.parametrize("body", ["((title)", "title))", "((title", "您好))((title))"])
def test_brackets_that_are_not_balanced_are_refused(body: str) -> None:
    assert [reason.field for reason in check_template("sms", "", body, ["title"])] == ["body"]


@pytest.mark.parametrize("body", ["(((title)))", "f(g(x)) ((title))", "((title?? (((title)))))"])
def test_brackets_that_are_text_are_not(body: str) -> None:
    assert check_template("sms", "", body, ["title"]) == []


@given(st.text(alphabet="ab ((title))字。", max_size=30), st.text(alphabet="ab ((title))字。", max_size=30))
def test_differences_hold_both_texts(old: str, new: str) -> None:
    pieces = differences(old, new)
    assert "".join(text for kind, text in pieces if kind != "new") == old
    assert "".join(text for kind, text in pieces if kind != "gone") == new

"""What a person sees in the development mailbox."""

import re
import smtplib

import httpx

from notifications.testing.mailbox_process import Mailbox, a_mail


def test_the_list_and_a_message_are_shown_in_both_languages_under_a_strict_policy(mailbox: Mailbox) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as link:
        link.send_message(a_mail("a@sample.invalid", subject="<b>通知</b>"))
    english, chinese = mailbox.get("/", lang="en"), mailbox.get("/", lang="zh")
    assert "Messages" in english.text
    assert "消息" in chinese.text
    assert "&lt;b&gt;通知" in english.text
    assert "unsafe" not in english.headers["Content-Security-Policy"]
    assert not re.search(r"<script>|\son\w+=|\sstyle=", english.text)
    number = mailbox.messages()[0]["id"]
    assert "&lt;b&gt;通知" in mailbox.get(f"/messages/{number}").text
    framed = mailbox.get(f"/messages/{number}/html")
    assert "sandbox" in framed.headers["Content-Security-Policy"]


def test_a_fault_is_switched_on_and_off_on_the_page(mailbox: Mailbox) -> None:
    assert mailbox.post("/faults", data={"kind": "sms/throttle", "remaining": "2"}).status_code == 303
    assert "too many requests" in mailbox.get("/faults", lang="en").text
    mailbox.post("/faults/remove", data={})
    assert mailbox.get("/api/faults").json()["faults"] == []


def test_malformed_unknown_and_foreign_requests_are_refused_plainly(mailbox: Mailbox) -> None:
    assert mailbox.post("/sms", content=b"{").status_code == 400
    assert mailbox.post("/sms", json={"id": "1"}).status_code == 422
    assert mailbox.post("/api/faults", json={"channel": "fax"}).status_code == 422
    assert mailbox.get("/messages/999999").status_code == 404
    assert httpx.put(mailbox.url + "/sms", trust_env=False).status_code in (405, 501)
    foreign = mailbox.post("/clear", headers={"Origin": "http://elsewhere.invalid"})
    assert foreign.status_code == 403

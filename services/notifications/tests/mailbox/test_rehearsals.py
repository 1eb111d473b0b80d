"""Faults that a team rehearses an outage with."""

import smtplib

import pytest

from notifications.testing.mailbox_process import Mailbox, a_mail, until


def test_a_mail_server_that_is_away_says_so_to_whoever_connects_and_comes_back_by_itself(mailbox: Mailbox) -> None:
    mailbox.fault("smtp", "away", lasting=1)
    with pytest.raises(smtplib.SMTPException), smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as link:
        link.send_message(a_mail("a@sample.invalid"))

    def is_back() -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as link:
                link.send_message(a_mail("a@sample.invalid"))
        except smtplib.SMTPException:
            return False
        return True

    until(is_back)
    assert mailbox.get("/api/faults").json()["faults"] == []
    assert len(mailbox.messages()) == 1


def test_a_content_is_refused_after_it_was_read(mailbox: Mailbox) -> None:
    mailbox.fault("smtp", "refuse-content", remaining=1)
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as link:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            link.send_message(a_mail("a@sample.invalid"))
    assert (refused.value.smtp_code, mailbox.messages()) == (554, [])


def test_reports_go_where_the_vendor_would_be_told_to_send_them(mailbox: Mailbox) -> None:
    answer = mailbox.post("/api/receivers", json={"aliyun": "http://127.0.0.1:9/x?key=k"})
    assert answer.json() == {"receivers": {"aliyun": "http://127.0.0.1:9/x?key=k"}}
    assert mailbox.post("/api/receivers", json={"nobody": "http://127.0.0.1:9"}).status_code == 400
    assert mailbox.post("/api/receivers", json={"aliyun": "file:///etc"}).status_code == 400
    assert "http://127.0.0.1:9/x" in mailbox.get("/faults").text
    assert mailbox.post("/receivers", data={"aliyun": ""}).status_code == 303
    assert mailbox.get("/api/receivers").json() == {"receivers": {}}

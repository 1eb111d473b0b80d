"""The SMTP side of the development mailbox, spoken to by smtplib."""

import smtplib

import pytest

from notifications.testing.mailbox_process import Mailbox, a_mail


def _send(mailbox: Mailbox, to: str, **more: str) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as link:
        link.send_message(a_mail(to, **more))


def test_a_mail_arrives_with_text_html_headers_and_raw(mailbox: Mailbox) -> None:
    _send(mailbox, "a@sample.invalid", subject="《红色故事》放映")
    [listed] = mailbox.messages(to="a@sample")
    whole = mailbox.get(f"/api/messages/{listed['id']}").json()
    assert (whole["subject"], whole["text"].strip()) == ("《红色故事》放映", "您好")
    assert "<p>您好</p>" in whole["html"]
    assert ["Message-ID", "<one@sample.invalid>"] in whole["headers"]
    assert "MIME-Version" in mailbox.get(f"/api/messages/{listed['id']}/raw").text


def test_messages_since_a_number_are_only_the_newer_ones(mailbox: Mailbox) -> None:
    _send(mailbox, "a@sample.invalid")
    [first] = mailbox.messages()
    _send(mailbox, "b@sample.invalid")
    assert [m["to"] for m in mailbox.messages(since=first["id"])] == ["b@sample.invalid"]
    assert len(mailbox.messages(since="2000-01-01T00:00:00Z")) == 2


@pytest.mark.parametrize(("kind", "code"), [("try-later", 451), ("refuse", 550)])
def test_a_refusal_that_was_asked_for_happens_to_that_recipient_once(mailbox: Mailbox, kind: str, code: int) -> None:
    mailbox.fault("smtp", kind, recipient="bad", remaining=1)
    _send(mailbox, "good@sample.invalid")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        _send(mailbox, "bad@sample.invalid")
    assert refused.value.recipients["bad@sample.invalid"][0] == code
    _send(mailbox, "bad@sample.invalid")
    assert len(mailbox.messages()) == 2


def test_a_hang_up_and_a_lost_answer_end_the_connection(mailbox: Mailbox) -> None:
    mailbox.fault("smtp", "hang-up", remaining=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, smtplib.SMTPRecipientsRefused)):
        _send(mailbox, "a@sample.invalid")
    assert mailbox.messages() == []
    mailbox.fault("smtp", "lose-answer", remaining=1, seconds=0.01)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        _send(mailbox, "a@sample.invalid")
    assert len(mailbox.messages()) == 1


def test_messages_survive_a_restart(mailbox: Mailbox) -> None:
    _send(mailbox, "a@sample.invalid")
    assert mailbox.stop() == 0
    mailbox.start()
    assert [m["to"] for m in mailbox.messages()] == ["a@sample.invalid"]

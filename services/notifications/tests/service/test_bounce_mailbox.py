"""Mails that come back: read from a mailbox over TLS, counted while it is for now, and told to membership."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from notifications.mailbox.smtp import delivery_report
from notifications.receipts.bounces import MOST_SOFT, take_bounce
from notifications.receipts.mailbox import MailboxAddress
from notifications.receipts.models import BounceMailbox, SoftBounce
from notifications.receipts.timers import read_bounces
from notifications.sending.sender import Sender
from notifications.suppressions.commands import lift
from notifications.suppressions.models import Suppression
from notifications.testing.conditions import messages, steps
from notifications.testing.imap_server import ImapServer
from notifications.testing.others import Others
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock

OFFICER = Principal(None, "O", grants=(Grant("officer", "*"),))
GONE = "gone@sample.invalid"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture
def server(certificate: Path) -> Iterator[ImapServer]:
    made = ImapServer(certificate)
    yield made
    made.close()


@pytest.fixture
def runtime(configured: Callable[..., Runtime], server: ImapServer, certificate: Path) -> Runtime:
    url = f"imaps://bounces:p%40ss@localhost:{server.port}/INBOX?ca={certificate / 'cert.pem'}"
    return configured(BOUNCE_MAILBOX_URL=url)


def _report(runtime: Runtime, *, soft: bool = False) -> bytes:
    """What a server says of the newest mail to GONE."""
    message = messages(runtime)[-1]
    text = delivery_report("centre@sample.invalid", message.address, f"<{message.message_id}@sample.invalid>")
    if soft:
        text = text.replace("Action: failed", "Action: delayed").replace("5.1.1", "4.2.2")
    return text.encode()


def test_the_mailbox_is_read_its_bounces_are_taken_away_and_other_mail_is_left(
    runtime: Runtime, others: Others, sender: Sender, server: ImapServer
) -> None:
    person = others.contact(phone=None, email=GONE)
    others.registration("confirmed", person)
    sender.run_once()
    letter = server.add(b"From: a@sample.invalid\r\nSubject: thanks\r\n\r\nThank you!\r\n")
    garbage = server.add(b"\xff\xfe\x00 no mail at all")
    bounce = server.add(_report(runtime))
    read_bounces(runtime)
    assert set(server.mails) == {letter, garbage}
    assert server.flags[letter] == {"Seen"}
    assert "Deleted" in server.flags[bounce]
    [told] = recorded(runtime, "contact.unreachable")
    assert told.data == {"person_id": str(person), "reason": "bounced", "channel": "email"}
    read_bounces(runtime)
    with runtime.reading() as session:
        read = session.scalars(select(BounceMailbox)).one()
        assert (read.taken, read.code, read.name) == (1, "", "bounces@localhost/INBOX")
    with runtime.unit_of_work(actor=OFFICER) as work:
        lift(work, work.session.scalars(select(Suppression.id)).one())
    assert [told.data["channel"] for told in recorded(runtime, "contact.reachable")] == ["email"]


@pytest.mark.parametrize(
    ("change", "code"), [(("p%40ss", "wrong"), "refused-by-server"), (("?ca=", "?x="), "certificate")]
)
def test_a_mailbox_that_does_not_let_us_in_is_noted_without_its_password(
    configured: Callable[..., Runtime], server: ImapServer, certificate: Path, change: tuple[str, str], code: str
) -> None:
    url = f"imaps://bounces:p%40ss@localhost:{server.port}/INBOX?ca={certificate / 'cert.pem'}".replace(*change)
    runtime = configured(BOUNCE_MAILBOX_URL=url)
    assert read_bounces(runtime) == 0
    with runtime.reading() as session:
        known = session.scalars(select(BounceMailbox)).one()
        assert (known.code, known.read_at) == (code, None)


def test_mails_that_come_back_for_now_are_counted_once_each_and_too_many_stop_the_address(
    runtime: Runtime, others: Others, sender: Sender, clock: SettableClock
) -> None:
    person = others.contact(phone=None, email=GONE)
    for number in range(1, MOST_SOFT + 1):
        others.registration("waitlisted", person, waiting_number=number)
        sender.run_once()
        for _ in range(2):
            with runtime.unit_of_work() as work:
                assert take_bounce(work, _report(runtime, soft=True)) == "temporary"
        assert len(steps(runtime, "bounce-temporary")) == number
        assert len(recorded(runtime, "contact.unreachable")) == (number == MOST_SOFT)
    with runtime.unit_of_work(actor=OFFICER) as work:
        [left_alone] = work.session.scalars(select(Suppression))
        assert left_alone.reason == "bounced-often"
        lift(work, left_alone.id)
    with runtime.reading() as session:
        assert session.scalars(select(SoftBounce)).all() == []


def test_who_has_another_address_by_now_is_not_called_unreachable(
    runtime: Runtime, others: Others, sender: Sender
) -> None:
    person = others.contact(phone=None, email=GONE)
    others.registration("confirmed", person)
    sender.run_once()
    report = _report(runtime)
    others.contact(person, phone=None, email="new@sample.invalid")
    with runtime.unit_of_work() as work:
        assert take_bounce(work, report) == "permanent"
    assert recorded(runtime, "contact.unreachable") == []


@pytest.mark.parametrize("url", ["pop3://a:b@mail", "imaps://mail", "imap://a:b@mail.sample.invalid"])
def test_an_address_of_a_mailbox_that_will_not_do_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="BOUNCE_MAILBOX_URL"):
        MailboxAddress.parse(url)

"""Mail servers with TLS and authentication, and what they refuse."""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from notifications.messages.content import Content
from notifications.sending.mail import MailWriter, MalformedAddress
from notifications.sending.smtp import SmtpLink
from shared.testing.parallel import at_once
from shared.testing.ports import free_port

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
MAIL = b"Subject: x\r\n\r\n.dots\r\n.\r\n"


class Kept:
    """Keeps what it is given; refuses senders called `banned`."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("banned"):
            return "550 5.7.1 Not you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append(envelope.original_content or b"")
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem",
         "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


def _login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"user", b"p@ss")
    return AuthResult(success=good)


class Server:
    """A real SMTP server on a port of its own, with implicit TLS or STARTTLS."""

    def __init__(self, folder: Path, *, implicit: bool) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self.kept, self.port = Kept(), free_port()
        inner = {"authenticator": _login, "auth_required": True, "auth_require_tls": not implicit}
        if implicit:
            tls = {"ssl_context": context}
        else:
            tls, inner = {}, {**inner, "tls_context": context, "require_starttls": True}
        self.controller = Controller(self.kept, hostname="localhost", port=self.port, **tls, **inner)  # type: ignore[arg-type]
        self.controller.start()


@pytest.fixture(params=["smtps", "smtp+starttls"])
def server(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[str, Server]]:
    made = Server(certificate, implicit=request.param == "smtps")
    yield request.param, made
    made.controller.stop()


def _send(url: str, sender: str = "a@sample.invalid") -> tuple[str, str, bool]:
    link = SmtpLink(url, 10)
    outcome = link.send(sender, "b@sample.invalid", MAIL)
    link.close()
    return outcome.kind, outcome.code, outcome.away


def test_mail_goes_over_tls_with_user_and_password(server: tuple[str, Server], certificate: Path) -> None:
    scheme, made = server
    trusted = f"{scheme}://user:p%40ss@localhost:{made.port}?ca={certificate / 'cert.pem'}"
    assert _send(trusted) == ("sent", "smtp-250", False)
    assert made.kept.mails == [MAIL]


def test_a_certificate_that_nobody_vouches_for_is_refused(server: tuple[str, Server]) -> None:
    scheme, made = server
    assert _send(f"{scheme}://user:p%40ss@localhost:{made.port}") == ("later", "certificate-refused", True)
    assert made.kept.mails == []


def test_a_wrong_password_keeps_the_mail_for_later(server: tuple[str, Server], certificate: Path) -> None:
    scheme, made = server
    url = f"{scheme}://user:wrong@localhost:{made.port}?ca={certificate / 'cert.pem'}"
    kind, _, away = _send(url)
    assert (kind, away, made.kept.mails) == ("later", True, [])


def test_a_server_that_refuses_our_sender_loses_no_mail(server: tuple[str, Server], certificate: Path) -> None:
    scheme, made = server
    url = f"{scheme}://user:p%40ss@localhost:{made.port}?ca={certificate / 'cert.pem'}"
    assert _send(url, "banned@sample.invalid") == ("later", "smtp-550", True)


def test_a_password_never_goes_over_the_net_in_the_clear() -> None:
    with pytest.raises(ValueError, match="a password needs"):
        SmtpLink("smtp://user:secret@mail.invalid", 1)


WRITER = MailWriter("党群服务中心 <centre@sample.invalid>", "bounces@sample.invalid", ZoneInfo("Asia/Shanghai"))
ID = UUID("019ae000-0000-7000-8000-000000000009")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_a_mail_has_utf8_headers_both_bodies_and_short_lines() -> None:
    subject = "报名成功：" + "小候鸟暑期班" * 20
    raw = WRITER.write(ID, "a@sample.invalid", "zh-Hans", Content("您好\n", subject, "<p>您好</p>"), NOW)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["subject"] == subject
    assert mail["from"].addresses[0].display_name == "党群服务中心"
    assert mail["message-id"] == f"<{ID}@sample.invalid>"
    assert mail["date"].datetime == NOW
    assert mail.get_body(("plain",)).get_content() == "您好\n"  # type: ignore[union-attr]
    assert mail.get_body(("html",)).get_content() == "<p>您好</p>"  # type: ignore[union-attr]


def test_the_envelope_names_the_message_so_that_a_bounce_can_be_told_apart() -> None:
    assert WRITER.envelope_sender(ID) == f"bounces+{ID.hex}@sample.invalid"


@pytest.mark.parametrize("address", ["a@b\r\nBcc: c@d", "a b@c", "nobody", "a@" + "b" * 260])
def test_an_address_that_would_break_a_header_is_refused(address: str) -> None:
    with pytest.raises(MalformedAddress):
        WRITER.write(ID, address, "en", Content("x"), NOW)


class _Meeting(Kept):
    """Takes no mail before so many connections have one under way."""

    def __init__(self, wanted: int) -> None:
        super().__init__()
        self._wanted = wanted
        self._met = asyncio.Event()
        self.together = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.together += 1
        if self.together == self._wanted:
            self._met.set()
        await self._met.wait()
        return await super().handle_DATA(server, session, envelope)


def test_several_connections_carry_mails_at_once() -> None:
    kept = _Meeting(3)
    server = Controller(kept, hostname="127.0.0.1", port=free_port())
    server.start()
    links = [SmtpLink(f"smtp://127.0.0.1:{server.port}", 20.0) for _ in range(3)]

    def send(link: SmtpLink, number: int) -> str:
        return link.send("a@sample.invalid", f"{number}@sample.invalid", MAIL).kind

    try:
        outcomes = at_once(*(partial(send, link, number) for number, link in enumerate(links)))
    finally:
        for link in links:
            link.close()
        server.stop()
    assert (outcomes, len(kept.mails)) == (["sent"] * 3, 3)

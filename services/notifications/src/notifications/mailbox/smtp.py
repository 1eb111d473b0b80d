"""The SMTP sink: takes every mail for everybody, keeps it, and shows the faults that were asked for."""

import asyncio
import time
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from notifications.mailbox.store import Store

REPORT = """\
From: MAILER-DAEMON@mailbox.invalid
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain; charset=utf-8

The mail could not be delivered to {recipient}.

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mailbox.invalid

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such mailbox

--report
Content-Type: text/rfc822-headers

Message-ID: {message_id}
To: {recipient}

--report--
"""
LARGEST_MAIL = 10 * 1024 * 1024  # bytes


class Sink:
    """aiosmtpd's handler: one kept message per recipient of each mail."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        if self._store.take_fault("smtp", "", ("away",)) is not None:
            await self._hang_up(server)
        session.host_name = hostname
        return responses

    async def _hang_up(self, server: SMTP) -> None:
        assert server.transport is not None
        await server.push("421 4.3.2 Closing")
        server.transport.close()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        fault = self._store.take_fault("smtp", address, ("try-later", "refuse", "hang-up"))
        if fault is None:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        if fault.kind == "try-later":
            return "451 4.3.0 Try again later"
        if fault.kind == "refuse":
            return "550 5.1.1 No such mailbox"
        await self._hang_up(server)
        return "421 4.3.2 Closing"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        if any(self._store.take_fault("smtp", one, ("refuse-content",)) for one in envelope.rcpt_tos):
            return "554 5.6.0 Content refused"
        mail = parse_mail(raw)
        for recipient in envelope.rcpt_tos:
            self._store.add(
                channel="email",
                sender=envelope.mail_from or "",
                recipient=recipient,
                subject=str(mail["subject"] or ""),
                text=text_of(mail, "plain"),
                message_id=str(mail["message-id"] or ""),
                provider="smtp",
                raw=raw,
            )
        for recipient in envelope.rcpt_tos:
            self._bounce(envelope, recipient, mail)
            fault = self._store.take_fault("smtp", recipient, ("lose-answer", "slow"))
            if fault is None:
                continue
            await asyncio.sleep(fault.seconds)
            if fault.kind == "lose-answer" and isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
        return "250 OK"

    def _bounce(self, envelope: Envelope, recipient: str, mail: EmailMessage) -> None:
        url = self._store.receivers().get("bounces")
        if url and self._store.take_fault("smtp", recipient, ("bounce",)) is not None:
            report = delivery_report(envelope.mail_from or "", recipient, str(mail["message-id"] or ""))
            self._store.add_report(time.time() + 0.2, url, report)


def delivery_report(to: str, recipient: str, message_id: str) -> str:
    """What a server sends back when there is nobody at the address (RFC 3464)."""
    return REPORT.format(to=to, recipient=recipient, message_id=message_id)


def parse_mail(raw: bytes) -> EmailMessage:
    """The mail with decoded headers; a malformed one is parsed as far as it goes."""
    return BytesParser(policy=policy.default).parsebytes(raw)


def text_of(mail: EmailMessage, kind: str) -> str:
    """The first body part of `kind` ('plain' or 'html'), decoded; empty when there is none."""
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


async def start_smtp(store: Store, host: str, port: int) -> asyncio.Server:
    """Listen; raises OSError when the port is taken."""
    sink = Sink(store)
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(sink, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, hostname="mailbox.invalid"),
        host,
        port,
    )

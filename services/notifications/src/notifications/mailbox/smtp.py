"""The SMTP sink: takes every mail for everybody, keeps it, and shows the faults that were asked for."""

import asyncio
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from notifications.mailbox.store import Store

LARGEST_MAIL = 10 * 1024 * 1024  # bytes


class Sink:
    """aiosmtpd's handler: one kept message per recipient of each mail."""

    def __init__(self, store: Store) -> None:
        self._store = store

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
        assert server.transport is not None
        await server.push("421 4.3.2 Closing")
        server.transport.close()
        return "421 4.3.2 Closing"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
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
            fault = self._store.take_fault("smtp", recipient, ("lose-answer", "slow"))
            if fault is None:
                continue
            await asyncio.sleep(fault.seconds)
            if fault.kind == "lose-answer" and isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
        return "250 OK"


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

"""A message as a mail: RFC 5322 and 2045, written for speed with the older half of the stdlib's email package."""

from datetime import datetime
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from uuid import UUID
from zoneinfo import ZoneInfo

from notifications.messages.content import Content

_POLICY = compat32.clone(linesep="\r\n", mangle_from_=False)
_LONGEST_ADDRESS = 254


class MalformedAddress(ValueError):
    """An address that must not get into a header."""


class MailWriter:
    """Writes mails of one sender. `bounces_to` is where reports of failed delivery go, or None for the sender."""

    def __init__(self, mail_from: str, bounces_to: str | None, zone: ZoneInfo) -> None:
        name, self.address = parseaddr(mail_from)
        self._from = formataddr((name, self.address), "utf-8")
        self._domain = self.address.rpartition("@")[2]
        self._bounces_to = bounces_to
        self._zone = zone

    def envelope_sender(self, message_id: UUID) -> str:
        """Where the server sends its report when it cannot deliver: an address that names the message."""
        if self._bounces_to is None:
            return self.address
        name, _, domain = self._bounces_to.partition("@")
        return f"{name}+{message_id.hex}@{domain}"

    def write(self, message_id: UUID, to: str, language: str, content: Content, now: datetime) -> bytes:
        """The mail as it goes over the wire. MalformedAddress."""
        if len(to) > _LONGEST_ADDRESS or "@" not in to or any(char.isspace() or ord(char) < 32 for char in to):
            raise MalformedAddress
        mail = MIMEMultipart("alternative", boundary=f"=_{message_id.hex}", policy=_POLICY)  # base64 has no _
        mail["From"] = self._from
        mail["To"] = to if to.isascii() else Header(to, "utf-8").encode()
        mail.add_header("Subject", Header(content.subject, "utf-8", header_name="Subject").encode(linesep="\r\n"))
        mail["Date"] = format_datetime(now.astimezone(self._zone))
        mail["Message-ID"] = f"<{message_id}@{self._domain}>"
        mail["Content-Language"] = language
        mail["Auto-Submitted"] = "auto-generated"
        mail.attach(MIMEText(content.text, "plain", "utf-8", policy=_POLICY))
        mail.attach(MIMEText(content.html, "html", "utf-8", policy=_POLICY))
        return mail.as_bytes()

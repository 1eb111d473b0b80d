"""A message as a mail: RFC 5322 and 2045, written for speed with the older half of the stdlib's email package."""

from datetime import datetime
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from uuid import UUID
from zoneinfo import ZoneInfo

from notifications.messages.content import Content
from notifications.messages.invitations import Invitation

# What needs folding comes folded; an address in a header must stay in one piece (RFC 5322 allows 998 characters).
_POLICY = compat32.clone(linesep="\r\n", mangle_from_=False, max_line_length=900)
_LONGEST_ADDRESS = 254
_FILES = {"REQUEST": "invitation.ics", "CANCEL": "cancellation.ics"}


class MalformedAddress(ValueError):
    """An address that must not get into a header."""


class MailWriter:
    """Writes mails of one sender. `bounces_to` is where reports of failed delivery go, or None for the sender."""

    def __init__(self, mail_from: str, bounces_to: str | None, zone: ZoneInfo) -> None:
        self.name, self.address = parseaddr(mail_from)
        self._from = formataddr((self.name, self.address), "utf-8")
        self._domain = self.address.rpartition("@")[2]
        self._bounces_to = bounces_to
        self._zone = zone

    def envelope_sender(self, message_id: UUID) -> str:
        """Where the server sends its report when it cannot deliver: an address that names the message."""
        if self._bounces_to is None:
            return self.address
        name, _, domain = self._bounces_to.partition("@")
        return f"{name}+{message_id.hex}@{domain}"

    def write(
        self,
        message_id: UUID,
        to: str,
        language: str,
        content: Content,
        now: datetime,
        *,
        one_click: str | None = None,
        invitation: Invitation | None = None,
    ) -> bytes:
        """The mail as it goes over the wire. `one_click` is where its reader's mail program unsubscribes (RFC 8058);
        `invitation` goes along as a part that mail programs show and as a file that others save. MalformedAddress."""
        if len(to) > _LONGEST_ADDRESS or "@" not in to or any(char.isspace() or ord(char) < 32 for char in to):
            raise MalformedAddress
        bodies = MIMEMultipart("alternative", boundary=f"=_{message_id.hex[-24:]}", policy=_POLICY)  # base64 has no _
        mail = bodies if invitation is None else _with_file(bodies, invitation, message_id)
        mail["From"] = self._from
        mail["To"] = to if to.isascii() else Header(to, "utf-8").encode()
        mail.add_header("Subject", Header(content.subject, "utf-8", header_name="Subject").encode(linesep="\r\n"))
        mail["Date"] = format_datetime(now.astimezone(self._zone))
        mail["Message-ID"] = f"<{message_id}@{self._domain}>"
        mail["Content-Language"] = language
        mail["Auto-Submitted"] = "auto-generated"
        if one_click is not None:
            mail["List-Unsubscribe"] = f"<{one_click}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        bodies.attach(MIMEText(content.text, "plain", "utf-8", policy=_POLICY))
        bodies.attach(MIMEText(content.html, "html", "utf-8", policy=_POLICY))
        if invitation is not None:
            entry = MIMEText(invitation.content, "calendar", "utf-8", policy=_POLICY)
            entry.set_param("method", invitation.method)
            bodies.attach(entry)
        return mail.as_bytes()


def _with_file(bodies: MIMEMultipart, invitation: Invitation, message_id: UUID) -> MIMEMultipart:
    """A mail around the bodies that also carries the entry as a file."""
    mail = MIMEMultipart("mixed", boundary=f"=_m{message_id.hex[-24:]}", policy=_POLICY)
    mail.attach(bodies)
    file = MIMEApplication(invitation.content.encode(), "ics", policy=_POLICY)
    file.add_header("Content-Disposition", "attachment", filename=_FILES[invitation.method])
    mail.attach(file)
    return mail

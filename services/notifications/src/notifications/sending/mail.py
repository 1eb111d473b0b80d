"""A message as a mail: RFC 5322 and 2045, written for speed with the older half of the stdlib's email package."""

from base64 import encodebytes
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.message import Message
from email.policy import Compat32
from email.utils import format_datetime, formataddr, parseaddr
from uuid import UUID
from zoneinfo import ZoneInfo

from notifications.messages.content import Content
from notifications.messages.invitations import Invitation


class _AsItStands(Compat32):
    """What needs folding comes folded; an address in a header must stay in one piece (RFC 5322 allows 998 characters).

    Looking at each header again to see whether it wants folding takes half the time of writing a mail.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}\r\n".encode("ascii")


_POLICY = _AsItStands(linesep="\r\n", mangle_from_=False)
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
        bodies = [_text("plain", content.text), _text("html", content.html)]
        if invitation is not None:
            bodies.append(_text("calendar", invitation.content, f'; method="{invitation.method}"'))
        mail = _together("alternative", f"=_{message_id.hex[-24:]}", bodies)  # base64 has no _
        if invitation is not None:
            mail = _together("mixed", f"=_m{message_id.hex[-24:]}", [mail, _file(invitation)])
        mail["From"] = self._from
        mail["To"] = to if to.isascii() else Header(to, "utf-8").encode()
        mail["Subject"] = Header(content.subject, "utf-8", header_name="Subject").encode(linesep="\r\n")
        mail["Date"] = format_datetime(now.astimezone(self._zone))
        mail["Message-ID"] = f"<{message_id}@{self._domain}>"
        mail["Content-Language"] = language
        mail["Auto-Submitted"] = "auto-generated"
        if one_click is not None:
            mail["List-Unsubscribe"] = f"<{one_click}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return mail.as_bytes()


def _together(kind: str, boundary: str, parts: Sequence[Message]) -> Message:
    mail = Message(policy=_POLICY)
    mail["MIME-Version"] = "1.0"
    mail["Content-Type"] = f'multipart/{kind}; boundary="{boundary}"'
    mail.set_payload(list(parts))
    return mail


def _text(kind: str, text: str, parameters: str = "") -> Message:
    return _part(f'text/{kind}; charset="utf-8"{parameters}', text)


def _file(invitation: Invitation) -> Message:
    """The calendar entry as a file to be saved."""
    part = _part("application/ics", invitation.content)
    part["Content-Disposition"] = f'attachment; filename="{_FILES[invitation.method]}"'
    return part


def _part(content_type: str, text: str) -> Message:
    part = Message(policy=_POLICY)
    part["Content-Type"] = content_type
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(encodebytes(text.encode()).decode("ascii"))
    return part

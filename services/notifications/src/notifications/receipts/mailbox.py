"""Reading a mailbox that mails come back to: IMAP with what the standard library has, TLS with a checked certificate.

BOUNCE_MAILBOX_URL is ``imaps://user:password@host/folder`` (or ``imap+starttls://``, and on loopback ``imap://``);
``?ca=<file>`` names another authority. What MAIL_BOUNCES_TO names is delivered there. A mail is taken away after what
it says was committed: one that is read twice changes nothing. Mails that are no bounces of ours are left for people,
marked as seen.
"""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT_SECONDS = 20.0
LARGEST = 2_000_000  # bytes
_PORTS = {"imaps": 993, "imap+starttls": 143, "imap": 143}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class MailboxAway(Exception):
    """The mailbox cannot be read now. `code` is short and holds no secret."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code[:80]


@dataclass(frozen=True)
class MailboxAddress:
    """Where mails come back to."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    ca: str | None = None

    @classmethod
    def parse(cls, url: str) -> "MailboxAddress":
        """ValueError names what is wrong and shows no secret."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or not parts.username:
            raise ValueError("BOUNCE_MAILBOX_URL must be imaps://user:password@host/folder")
        if parts.scheme == "imap" and parts.hostname not in _LOOPBACK:
            raise ValueError("BOUNCE_MAILBOX_URL: without TLS only on this machine")
        return cls(
            parts.scheme,
            parts.hostname,
            parts.port or _PORTS[parts.scheme],
            unquote(parts.username),
            unquote(parts.password or ""),
            unquote(parts.path.strip("/")) or "INBOX",
            next(iter(parse_qs(parts.query).get("ca", [])), None),
        )

    @property
    def name(self) -> str:
        """What it is called on pages: no password."""
        return f"{self.user}@{self.host}/{self.folder}"[:120]


@contextmanager
def opened(address: MailboxAddress) -> Iterator["OpenMailbox"]:
    """The mailbox, signed in. Raises MailboxAway."""
    try:
        link = _connected(address)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxAway(_code(error)) from error
    try:
        yield OpenMailbox(link)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxAway(_code(error)) from error
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            link.logout()


def _connected(address: MailboxAddress) -> imaplib.IMAP4:
    context = ssl.create_default_context(cafile=address.ca)
    if address.scheme == "imaps":
        link: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            address.host, address.port, ssl_context=context, timeout=TIMEOUT_SECONDS
        )
    else:
        link = imaplib.IMAP4(address.host, address.port, timeout=TIMEOUT_SECONDS)
    try:
        if address.scheme == "imap+starttls":
            link.starttls(context)
        link.login(address.user, address.password)
        state, _ = link.select(f'"{address.folder}"')
        if state != "OK":
            raise MailboxAway("no-such-folder")
    except BaseException:
        link.shutdown()
        raise
    return link


def _code(error: Exception) -> str:
    """What went wrong, without what the server echoes."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    if isinstance(error, imaplib.IMAP4.error):
        return "refused-by-server"
    return type(error).__name__


class OpenMailbox:
    """The unseen mails of a folder, by their unique ids."""

    def __init__(self, link: imaplib.IMAP4) -> None:
        self._link = link

    def unseen(self, most: int) -> list[str]:
        """At most so many, oldest first."""
        _, found = self._link.uid("SEARCH", "UNSEEN", "UNDELETED")
        return [uid.decode() for uid in (found[0] or b"").split()][:most]

    def fetch(self, uid: str) -> bytes | None:
        """The mail without marking it as seen; None when it is gone or too large to be a bounce."""
        _, sizes = self._link.uid("FETCH", uid, "(RFC822.SIZE)")
        size = _size(sizes)
        if size is None or size > LARGEST:
            return None
        _, found = self._link.uid("FETCH", uid, "(BODY.PEEK[])")
        return next((bytes(part[1]) for part in found or () if isinstance(part, tuple)), None)

    def take_away(self, uid: str) -> None:
        self._link.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted \\Seen)")

    def mark_seen(self, uid: str) -> None:
        self._link.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)")

    def expunge(self) -> None:
        self._link.expunge()


def _size(answer: list[object] | None) -> int | None:
    for line in answer or ():
        if isinstance(line, bytes) and b"RFC822.SIZE" in line:
            return int(line.split(b"RFC822.SIZE", 1)[1].strip(b" )"))
    return None

"""E-mail over one kept connection. Not for several threads at once."""

import re
import smtplib
import ssl
import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from notifications.sending.outcomes import Kind, Outcome

_IDLE_SECONDS = 10.0
_LEADING_DOT = re.compile(rb"(?m)^\.")
_GOOD = (250, 251, 354)
# Enhanced status codes that speak of the recipient's address (RFC 3463, section 3.2).
_NO_SUCH_ADDRESS = re.compile(rb"5\.1\.(1|2|3|6|10)\b")
_GONE = (smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError, OSError)


class SmtpLink:
    """Sends mails to one server: ``smtp://``, ``smtp+starttls://`` or ``smtps://``, with user and password.

    Over TLS the server must show a certificate for its name that the system trusts, or that ``?ca=<file>`` signed.
    User and password are never sent without TLS, except to this machine. What fails before the content was handed over
    is tried again; what fails while or after it was, is unknown.
    """

    def __init__(self, url: str, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtp+starttls", "smtps") or not parts.hostname:
            raise ValueError("SMTP_URL must be smtp://, smtp+starttls:// or smtps:// with a host")
        self._scheme, self._host = parts.scheme, parts.hostname
        self._port = parts.port or {"smtp": 25, "smtp+starttls": 587, "smtps": 465}[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        options = parse_qs(parts.query)
        self._name = options.get("helo", ["localhost"])[0]
        self._tls: ssl.SSLContext | None = None
        if self._scheme != "smtp":
            self._tls = ssl.create_default_context(cafile=options.get("ca", [None])[0])
        elif self._user and self._host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("SMTP_URL: a password needs smtp+starttls:// or smtps://")
        self._timeout = timeout
        self._link: smtplib.SMTP | None = None
        self._used = 0.0
        self.connections = 0

    def send(self, sender: str, recipient: str, mail: bytes) -> Outcome:
        """Hand one mail over to one recipient."""
        kept = self._link is not None
        outcome = self._send_once(sender, recipient, mail)
        if kept and outcome.code == "disconnected-before":
            outcome = self._send_once(sender, recipient, mail)
        return outcome

    def _send_once(self, sender: str, recipient: str, mail: bytes) -> Outcome:
        try:
            link = self._connected()
            refusal = self._envelope(link, sender, recipient)
        except smtplib.SMTPAuthenticationError as error:
            self.close()
            return Outcome("later", f"smtp-{error.smtp_code}", "smtp", away=True)
        except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException, ssl.SSLError) as error:
            self.close()
            return Outcome("later", _greeting_code(error), "smtp", away=True)
        except ValueError:  # after ssl.SSLError: a certificate that is refused is one, too
            self.close()
            return Outcome("refused", "malformed-address", "smtp")
        except _GONE as error:
            self.close()
            before = isinstance(error, (smtplib.SMTPServerDisconnected, ConnectionResetError, BrokenPipeError))
            code = "disconnected-before" if before else "no-connection"
            return Outcome("later", code, "smtp", away=True)
        if refusal is not None:
            return refusal
        try:
            link.send(_LEADING_DOT.sub(b"..", mail) + (b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n"))
            answer, text = link.getreply()
        except _GONE:
            self.close()
            return Outcome("unknown", "answer-lost", "smtp")
        self._used = time.monotonic()
        if answer == 250:
            return Outcome("sent", "smtp-250", "smtp")
        return self._refused(link, answer, text)

    def _envelope(self, link: smtplib.SMTP, sender: str, recipient: str) -> Outcome | None:
        """Say who writes to whom, in one go where the server offers it (RFC 2920)."""
        utf8 = not (sender + recipient).isascii() and link.has_extn("smtputf8")
        commands = [f"MAIL FROM:<{sender}>{' SMTPUTF8' if utf8 else ''}", f"RCPT TO:<{recipient}>", "DATA"]
        if any("\r" in command or "\n" in command or ">" in command[11:-10] for command in commands):
            raise ValueError("an address that would be read as a command")
        encoding = "utf-8" if utf8 else "ascii"
        if link.has_extn("pipelining"):
            link.send("".join(f"{command}\r\n" for command in commands).encode(encoding))
            replies = [link.getreply() for _ in commands]
        else:
            replies = []
            for command in commands:
                link.send(f"{command}\r\n".encode(encoding))
                replies.append(link.getreply())
                if replies[-1][0] not in _GOOD:
                    break
        for step, (code, text) in zip(("MAIL", "RCPT", "DATA"), replies, strict=False):
            if code not in _GOOD:
                if replies[-1][0] == 354:
                    link.send(b".\r\n")
                    link.getreply()
                return self._refused(link, code, text, step)
        return None

    def _refused(self, link: smtplib.SMTP, code: int, text: bytes, step: str = "") -> Outcome:
        """Refusals of the sender concern every mail; those of a recipient or a content concern that one alone."""
        if code in (421, -1):
            self.close()
            return Outcome("later", f"smtp-{code}", "smtp", away=True)
        try:
            link.rset()
        except _GONE:
            self.close()
        if step == "MAIL":
            return Outcome("later", f"smtp-{code}", "smtp", away=True)
        bad_address = step == "RCPT" and 500 <= code < 600 and _NO_SUCH_ADDRESS.match(text) is not None
        kind: Kind = "later" if 400 <= code < 500 else "refused"
        return Outcome(kind, f"smtp-{code}", "smtp", bad_address=bad_address)

    def _connected(self) -> smtplib.SMTP:
        if self._link is not None:
            return self._link
        where: dict[str, Any] = {"local_hostname": self._name, "timeout": self._timeout}
        if self._scheme == "smtps":
            link: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, context=self._tls, **where)
        else:
            link = smtplib.SMTP(self._host, self._port, **where)
        try:
            link.ehlo_or_helo_if_needed()
            if self._scheme == "smtp+starttls":
                link.starttls(context=self._tls)
                link.ehlo()
            if self._user:
                link.login(self._user, self._password)
        except (smtplib.SMTPException, OSError):
            link.close()
            raise
        self._link, self._used = link, time.monotonic()
        self.connections += 1
        return link

    def rest(self) -> None:
        """Nothing to send just now: hang up after ten idle seconds."""
        if self._link is not None and time.monotonic() - self._used > _IDLE_SECONDS:
            self.close()

    def close(self) -> None:
        """Hang up, politely where the server still listens."""
        link, self._link = self._link, None
        if link is None:
            return
        try:
            link.quit()
        except _GONE:
            link.close()


def _greeting_code(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate-refused"
    if isinstance(error, ssl.SSLError):
        return "tls-failed"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"smtp-{error.smtp_code}"
    return "not-offered"

"""E-mail over one kept connection. Not for several threads at once."""

import re
import smtplib
import time
from urllib.parse import parse_qs, unquote, urlsplit

from notifications.sending.outcomes import Outcome

_IDLE_SECONDS = 10.0
_LEADING_DOT = re.compile(rb"(?m)^\.")
_GONE = (smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError, OSError)


class SmtpLink:
    """Sends mails to one server: ``smtp://``, ``smtp+starttls://`` or ``smtps://``, with user and password.

    What fails before the content was handed over is tried again; what fails while or after it was, is unknown.
    """

    def __init__(self, url: str, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtp+starttls", "smtps") or not parts.hostname:
            raise ValueError("SMTP_URL must be smtp://, smtp+starttls:// or smtps:// with a host")
        self._scheme, self._host = parts.scheme, parts.hostname
        self._port = parts.port or {"smtp": 25, "smtp+starttls": 587, "smtps": 465}[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._name = parse_qs(parts.query).get("helo", ["localhost"])[0]
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
        except ValueError:
            self.close()
            return Outcome("refused", "malformed-address", "smtp")
        except smtplib.SMTPNotSupportedError:
            self.close()
            return Outcome("later", "no-starttls", "smtp", away=True)
        except _GONE as error:
            self.close()
            before = isinstance(error, (smtplib.SMTPServerDisconnected, ConnectionResetError, BrokenPipeError))
            code = "disconnected-before" if before else "no-connection"
            return Outcome("later", code, "smtp", away=True)
        if refusal is not None:
            return refusal
        try:
            link.send(_LEADING_DOT.sub(b"..", mail) + b"\r\n.\r\n")
            answer, _ = link.getreply()
        except _GONE:
            self.close()
            return Outcome("unknown", "answer-lost", "smtp")
        self._used = time.monotonic()
        if answer == 250:
            return Outcome("sent", "smtp-250", "smtp")
        return self._refused(link, answer)

    def _envelope(self, link: smtplib.SMTP, sender: str, recipient: str) -> Outcome | None:
        options = ["SMTPUTF8"] if not (sender + recipient).isascii() and link.has_extn("smtputf8") else []
        for code, good in (
            (link.mail(sender, options)[0], 250),
            (link.rcpt(recipient)[0], 250),
            (link.docmd("DATA")[0], 354),
        ):
            if code != good and not (good == 250 and code == 251):
                return self._refused(link, code)
        return None

    def _refused(self, link: smtplib.SMTP, code: int) -> Outcome:
        if code in (421, -1):
            self.close()
            return Outcome("later", f"smtp-{code}", "smtp", away=True)
        try:
            link.rset()
        except _GONE:
            self.close()
        return Outcome("later" if 400 <= code < 500 else "refused", f"smtp-{code}", "smtp")

    def _connected(self) -> smtplib.SMTP:
        if self._link is not None:
            return self._link
        kind = smtplib.SMTP_SSL if self._scheme == "smtps" else smtplib.SMTP
        link = kind(self._host, self._port, local_hostname=self._name, timeout=self._timeout)
        try:
            link.ehlo_or_helo_if_needed()
            if self._scheme == "smtp+starttls":
                link.starttls()
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

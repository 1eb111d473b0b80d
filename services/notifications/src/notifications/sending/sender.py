"""One sender: claims rows, hands messages over one by one, commits once per message."""

import logging
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from random import random
from uuid import UUID

from notifications.messages.content import Content, render
from notifications.sending.claims import Claim, claim, release
from notifications.sending.outcomes import Outcome
from notifications.sending.settings import SendingSettings
from notifications.sending.sms import GenericGateway
from notifications.sending.smtp import SmtpLink
from notifications.sending.turns import Ready, Turns
from notifications.wording.rendering import MalformedTemplate, MissingValues
from shared.faults import reach
from shared.runtime import Runtime

logger = logging.getLogger(__name__)
BATCH = 20


class Sender:
    """Keeps one SMTP connection and one HTTP client. Not for several threads at once."""

    def __init__(self, runtime: Runtime, settings: SendingSettings) -> None:
        self._runtime = runtime
        self._settings = settings
        self._turns = Turns(settings, runtime.database.dialect)
        self._smtp = SmtpLink(settings.smtp_url, settings.step_seconds)
        self._gateways = [
            GenericGateway(provider, f"{settings.public_url}/api/v1/receipts/{provider.name}", settings.step_seconds)
            for provider in settings.sms_providers
        ]
        self._sender_address = parseaddr(settings.mail_from)[1]

    def run_once(self, most: int = BATCH) -> int:
        """Work off up to `most` due rows; returns how many were claimed. Raises what the database raises."""
        claims = claim(self._runtime, self._settings.lease, most)
        if not claims:
            self._smtp.rest()
            return 0
        settled: tuple[Ready, Outcome] | None = None
        away: set[str] = set()
        for held in claims:
            if held.channel in away:
                self._let_go(held)
                continue
            ready = self._turn(settled, held)
            settled = None
            if ready is None:
                continue
            outcome = self._hand_over(ready)
            settled = (ready, outcome)
            if outcome.away:
                away.add(held.channel)
        if settled is not None:
            self._turn(settled, None)
        return len(claims)

    def close(self) -> None:
        self._smtp.close()
        for gateway in self._gateways:
            gateway.close()

    def _turn(self, settled: tuple[Ready, Outcome] | None, following: Claim | None) -> Ready | None:
        """One commit: what became of the last message, and that the next one may be on its way."""
        with self._runtime.unit_of_work() as work:
            if settled is not None:
                self._turns.settle(work, *settled)
            return self._turns.begin(work, following) if following is not None else None

    def _let_go(self, held: Claim) -> None:
        """The provider is away: the rest of the batch waits a moment, spread, without using up a try."""
        release(self._runtime, held, self._settings.first_retry * (0.5 + random()))

    def _hand_over(self, ready: Ready) -> Outcome:
        message = ready.message
        if ready.asks:
            return self._ask(ready)
        try:
            content = render(
                message,
                ready.recipient,
                ready.about,
                signature=self._settings.sms_signature,
                zone=self._runtime.settings.time_zone,
            )
            mail = self._mail(ready, content) if message.channel == "email" else b""
        except MissingValues:
            return Outcome("refused", "missing-placeholder")
        except MalformedTemplate:
            return Outcome("refused", "malformed-template")
        except ValueError:
            return Outcome("refused", "malformed-address")
        reach("send.before-send")
        if message.channel == "email":
            outcome = self._smtp.send(self._sender_address, message.address, mail)
        else:
            outcome = self._send_sms(message.message_id, message.address, content.text)
        reach("send.after-send")
        if outcome.kind not in ("sent", "throttled"):
            logger.info("not sent: %s %s", outcome.kind, outcome.code, extra={"channel": message.channel})
        return outcome

    def _send_sms(self, own_id: UUID, phone: str, text: str) -> Outcome:
        """The first gateway that takes it. The next one is tried only when the one before surely has not."""
        outcome = Outcome("refused", "no-provider")
        for gateway in self._gateways:
            outcome = gateway.send(own_id, phone, text)
            if outcome.kind != "later":
                break
        return outcome

    def _ask(self, ready: Ready) -> Outcome:
        """Every gateway that may have the message is asked by our own id; only all together can deny it."""
        outcome = Outcome("not-taken", "no-provider")
        for gateway in self._gateways:
            outcome = gateway.query(ready.message.message_id)
            if outcome.kind != "not-taken":
                break
        return outcome

    def _mail(self, ready: Ready, content: Content) -> bytes:
        message = ready.message
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._settings.mail_from
        mail["To"] = message.address
        mail["Subject"] = content.subject
        mail["Date"] = format_datetime(self._runtime.clock().astimezone(self._runtime.settings.time_zone))
        mail["Message-ID"] = f"<{message.message_id}@{self._sender_address.rpartition('@')[2]}>"
        mail["Content-Language"] = message.language
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(content.text)
        mail.add_alternative(content.html, subtype="html")
        return bytes(mail)

"""Handing one message over: rendering it, and giving it to a mail server or an SMS gateway."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from sqlalchemy import select

from notifications.gateways.contract import Gateway, Sms
from notifications.gateways.make import make_gateways
from notifications.messages.content import Content, render_text, values_of
from notifications.messages.invitations import invitation
from notifications.preferences.links import PreferenceLinks
from notifications.preferences.rules import MANDATORY
from notifications.providers.board import Board
from notifications.providers.models import ApprovedText
from notifications.sending.claims import Held
from notifications.sending.mail import MailWriter, MalformedAddress
from notifications.sending.outcomes import Outcome
from notifications.sending.settings import MAIL_PROVIDER, SendingSettings
from notifications.sending.smtp import SmtpLink
from notifications.sending.turns import Ready
from notifications.short_links import rules as short_links
from notifications.wording.models import TemplateVersion
from notifications.wording.rendering import MalformedTemplate, MissingValues, Value, read_template
from notifications.wording.segments import count_segments
from shared.faults import reach
from shared.runtime import Runtime

logger = logging.getLogger(__name__)
_KEPT_TEXTS = 500
_APPROVALS_KEPT_SECONDS = 30.0
_SAY_NOTHING = ("cannot-be-asked", "too-many-records")
"""Questions that were not asked, or not answered to the end, for reasons that are not the gateway's health."""


class Carrier(Protocol):
    """One channel's way out. `providers` are the names to be planned with, in order; `costs` whether it costs money."""

    @property
    def channel(self) -> str: ...

    @property
    def providers(self) -> Sequence[str]: ...

    @property
    def costs(self) -> bool: ...

    def hand_over(self, ready: Ready, usable: list[str], board: Board) -> Outcome:
        """Hand a message over, or ask what became of it. Tells the board how the providers fared."""

    def rest(self) -> None:
        """Nothing to send just now."""

    def close(self) -> None:
        """Let go of connections."""


class _Texts:
    """Templates by id. A version never changes, so that one that was read is kept."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[UUID, tuple[str, str]] = {}

    def __getitem__(self, template_id: UUID) -> tuple[str, str]:
        if template_id not in self._known:
            if len(self._known) >= _KEPT_TEXTS:
                self._known.clear()
            with self._runtime.reading() as session:
                found = session.execute(
                    select(TemplateVersion.subject, TemplateVersion.body).where(TemplateVersion.id == template_id)
                ).one()
            self._known[template_id] = (found.subject, found.body)
        return self._known[template_id]


class _Renderer:
    """Values and content of a message."""

    def __init__(self, runtime: Runtime, settings: SendingSettings) -> None:
        self._texts = _Texts(runtime)
        self._zone = runtime.settings.time_zone
        self._signature = settings.sms_signature
        self._public_url = settings.public_url
        self._secret_key = runtime.settings.secret_key

    def __call__(
        self, held: Held, signature: str = "", preferences: str | None = None
    ) -> tuple[Content, dict[str, Value]]:
        """Raises MissingValues and MalformedTemplate."""
        subject, body = self._texts[held.template_id]
        values = values_of(
            held.facts, held.language, self._zone, name=held.name or "", about_name=held.about_name,
            links=self._links(held, body),
        )  # fmt: skip
        content = render_text(
            held.channel, held.language, subject, body, values, signature or self._signature, preferences
        )
        return content, values

    def _links(self, held: Held, body: str) -> Mapping[str, str] | None:
        """The way to the recipient's preferences, where the text gives one."""
        if not short_links.asks_for_link(body):
            return None
        return short_links.values(self._public_url, short_links.token_of(self._secret_key, held.message_id))


def _tell(board: Board, name: str, outcome: Outcome) -> None:
    """How a gateway fared that was asked about a message."""
    if outcome.kind != "unanswered":
        board.succeeded(name)
    elif outcome.code not in _SAY_NOTHING:
        board.failed(name, outcome.code)


def _unrenderable(error: Exception) -> Outcome:
    return Outcome("refused", "missing-placeholder" if isinstance(error, MissingValues) else "malformed-template")


def _noted(outcome: Outcome, channel: str) -> Outcome:
    if outcome.kind not in ("sent", "throttled"):
        logger.info("not sent: %s %s", outcome.kind, outcome.code, extra={"channel": channel})
    return outcome


class MailCarrier:
    """E-mail over one kept connection."""

    channel = "email"
    costs = False

    def __init__(self, runtime: Runtime, settings: SendingSettings) -> None:
        self.providers = (MAIL_PROVIDER,)
        self.link = SmtpLink(settings.smtp_url, settings.step_seconds)
        self._runtime = runtime
        self._render = _Renderer(runtime, settings)
        self._links = PreferenceLinks(settings.public_url, runtime.settings.secret_key)
        self._writer = MailWriter(settings.mail_from, settings.bounces_to, runtime.settings.time_zone)

    def hand_over(self, ready: Ready, usable: list[str], board: Board) -> Outcome:
        held, to = ready.held, ready.held.address or ""
        try:
            mail = self._mail(held, to)
        except (MissingValues, MalformedTemplate) as error:
            return _unrenderable(error)
        except MalformedAddress:
            return Outcome("refused", "malformed-address")
        reach("send.before-send")
        outcome = self.link.send(self._writer.envelope_sender(held.message_id), to, mail)
        reach("send.after-send")
        if outcome.counts_against_the_provider:
            board.failed(MAIL_PROVIDER, outcome.code, outcome.after)
        else:
            board.succeeded(MAIL_PROVIDER)
        return _noted(outcome, self.channel)

    def _mail(self, held: Held, to: str) -> bytes:
        content, _ = self._render(held, preferences=self._links.page(held.person_id))
        optional = held.category not in MANDATORY
        now = self._runtime.clock()
        return self._writer.write(
            held.message_id, to, held.language, content, now,
            one_click=self._links.one_click(held.person_id, held.category) if optional else None,
            invitation=invitation(
                held.event_type, held.facts, subject=held.subject, version=held.subject_version or 0,
                language=held.language, organiser=(self._writer.name, self._writer.address),
                attendee=(held.name or "", to), about_name=held.about_name, now=now,
            ),
        )  # fmt: skip

    def rest(self) -> None:
        self.link.rest()

    def close(self) -> None:
        self.link.close()


class SmsCarrier:
    """SMS by the first gateway that takes it."""

    channel = "sms"
    costs = True

    def __init__(self, runtime: Runtime, settings: SendingSettings) -> None:
        self._runtime = runtime
        self._settings = settings
        self._render = _Renderer(runtime, settings)
        self._gateways: dict[str, Gateway] = {one.name: one for one in make_gateways(settings, runtime.clock)}
        self.providers = tuple(self._gateways)
        self._approved: dict[tuple[UUID, str], tuple[float, ApprovedText | None]] = {}

    def hand_over(self, ready: Ready, usable: list[str], board: Board) -> Outcome:
        if ready.asks:
            return _noted(self._ask(ready.held, usable, board), self.channel)
        reach("send.before-send")
        try:
            outcome = self._send(ready.held, usable, board)
        except (MissingValues, MalformedTemplate) as error:
            return _unrenderable(error)
        reach("send.after-send")
        return _noted(outcome, self.channel)

    def _send(self, held: Held, usable: list[str], board: Board) -> Outcome:
        """The next gateway is tried only when the one before surely has not taken it."""
        outcome: Outcome | None = None
        for name in tuple(usable):
            sms = self._sms(held, self._gateways[name])
            if sms is None:
                continue
            outcome = self._priced(self._gateways[name].send(sms), sms)
            if not outcome.counts_against_the_provider:
                board.succeeded(name)
            elif board.failed(name, outcome.code, outcome.after) and len(usable) > 1:
                usable.remove(name)
            if outcome.kind != "later":
                break
        if outcome is not None:
            return outcome
        # Another gateway, left alone just now, may have approved the text.
        others = set(self._gateways) - set(usable)
        waits = any(self._sms(held, self._gateways[name]) is not None for name in others)
        return Outcome("later" if waits else "refused", "text-not-approved")

    def _sms(self, held: Held, gateway: Gateway) -> Sms | None:
        """The message for this gateway; None when it has not approved the text."""
        provider = self._settings.provider(gateway.name)
        content, values = self._render(held, provider.signature if provider else "")
        to = held.address or ""
        if not gateway.needs_approval:
            return Sms(held.message_id, to, content.text)
        approved = self._approval(held.template_id, gateway.name)
        if approved is None:
            return None
        parameters = [(name, read_template(text).render(values, "sms")) for name, text in approved.parameters]
        return Sms(held.message_id, to, content.text, approved.code, parameters)

    def _approval(self, template_id: UUID, provider: str) -> ApprovedText | None:
        looked_at, known = self._approved.get((template_id, provider), (float("-inf"), None))
        if time.monotonic() - looked_at > _APPROVALS_KEPT_SECONDS:
            with self._runtime.reading() as session:
                known = session.scalars(
                    select(ApprovedText).where(
                        ApprovedText.template_id == template_id, ApprovedText.provider == provider
                    )
                ).one_or_none()
            self._approved[template_id, provider] = (time.monotonic(), known)
        return known

    def _priced(self, outcome: Outcome, sms: Sms) -> Outcome:
        provider = self._settings.provider(outcome.provider)
        if outcome.kind not in ("sent", "unknown") or provider is None:
            return outcome
        segments = outcome.segments or count_segments(sms.text, sms.phone)
        return replace(outcome, segments=segments, cost=provider.cost(segments, sms.phone))

    def _ask(self, held: Held, usable: Sequence[str], board: Board) -> Outcome:
        """Every gateway that may have the message is asked by our own id; only all together can deny it, and each
        only after the time that its records take. The board hears of those that are in use or tried out."""
        handed_at = held.handed_at or self._runtime.clock()
        age = self._runtime.clock() - handed_at
        denied = Outcome("not-taken", "no-provider")
        for name, gateway in self._gateways.items():
            outcome = gateway.query(held.message_id, held.address or "", handed_at)
            if name in usable:
                _tell(board, name, outcome)
            if outcome.kind == "sent":
                return outcome
            if outcome.kind == "not-taken" and (gateway.visible_after is None or age < gateway.visible_after):
                outcome = Outcome("unanswered", outcome.code, name)
            if outcome.kind == "unanswered" and denied.kind != "unanswered":
                denied = replace(outcome, away=False)
        return denied

    def rest(self) -> None:
        """Connections are let go by themselves."""

    def close(self) -> None:
        for gateway in self._gateways.values():
            gateway.close()

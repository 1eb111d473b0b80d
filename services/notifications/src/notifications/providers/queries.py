"""Reading providers and approved texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, joinedload

from notifications.messages.models import Message
from notifications.providers.models import ApprovedText, Provider
from notifications.sending.settings import MAIL_PROVIDER, SendingSettings
from notifications.wording.models import TemplateVersion
from notifications.wording.queries import templates_in_use
from shared.refusal import NotFound

_SENT = text("messages.state = 'sent'")
"""As the partial index says it: SQLite uses that index for the very same words only."""


@dataclass(frozen=True)
class ProviderState:
    """One configured provider as staff see it. `row` is None as long as nobody sent anything through it."""

    name: str
    channel: str
    kind: str
    row: Provider | None
    needs_approval: bool
    sent: int
    cost: int

    @property
    def circuit(self) -> str:
        return self.row.circuit if self.row is not None else "closed"


def configured(settings: SendingSettings) -> list[tuple[str, str, str]]:
    """Name, channel and kind of each provider that the environment names, in order."""
    sms = [(provider.name, "sms", provider.kind) for provider in settings.sms_providers]
    return [(MAIL_PROVIDER, "email", "smtp"), *sms]


def provider_states(session: Session, settings: SendingSettings, since: datetime) -> list[ProviderState]:
    """Every configured provider, with what it sent and cost since then."""
    rows = {row.name: row for row in session.scalars(select(Provider))}
    sent = {
        name: (int(count), int(cost or 0))
        for name, count, cost in session.execute(
            select(Message.provider, func.count(), func.sum(Message.cost))
            .where(Message.finished_at >= since, _SENT)
            .group_by(Message.provider)
        )
    }
    return [
        ProviderState(name, channel, kind, rows.get(name), kind in ("aliyun", "tencent"), *sent.get(name, (0, 0)))
        for name, channel, kind in configured(settings)
    ]


def get_provider(session: Session, settings: SendingSettings, name: str, since: datetime) -> ProviderState:
    """One configured provider. NotFound."""
    found = next((state for state in provider_states(session, settings, since) if state.name == name), None)
    if found is None:
        raise NotFound("provider")
    return found


def approvals(session: Session, provider: str) -> list[tuple[TemplateVersion, ApprovedText | None]]:
    """The SMS texts in use, each with what this provider approved of it."""
    known = {row.template_id: row for row in session.scalars(
        select(ApprovedText).where(ApprovedText.provider == provider)
    )}  # fmt: skip
    return [(one, known.get(one.id)) for one in templates_in_use(session) if one.channel == "sms"]


def get_approved_text(session: Session, approved_id: UUID) -> ApprovedText:
    """One approved text with its template. NotFound."""
    found = session.scalars(
        select(ApprovedText).where(ApprovedText.id == approved_id).options(joinedload(ApprovedText.template))
    ).one_or_none()
    if found is None:
        raise NotFound("approved text")
    return found


def approved_texts(session: Session, provider: str) -> Sequence[ApprovedText]:
    return session.scalars(
        select(ApprovedText).where(ApprovedText.provider == provider).options(joinedload(ApprovedText.template))
    ).all()

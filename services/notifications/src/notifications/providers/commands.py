"""What staff may set: a provider's rate, its circuit, and the texts that it approved."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from notifications.providers.models import ApprovedText, Provider
from notifications.wording.approvals import Approval, check_approvals
from notifications.wording.models import TemplateVersion
from notifications.wording.queries import offered_placeholders
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_

HIGHEST_RATE = 10_000


def ensure_provider(work: UnitOfWork, name: str, channel: str) -> Provider:
    """The row of a configured provider, made when nobody sent anything through it yet."""
    row: Provider | None = work.lock(Provider, name)
    if row is None:
        row = Provider(
            name=name, channel=channel, circuit="closed", failures=0, openings=0, code="", changed_at=work.now,
            rate=None, burst=10, tokens=0.0, filled_at=work.now, version=1,
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
    return row


def set_rate(
    work: UnitOfWork, name: str, channel: str, *, rate: int | None, burst: int, version: int | None = None
) -> Provider:
    """How many messages a second a provider may be given, and how many of them at once; None is no limit.

    Forbidden below manager of all bodies; Stale; Refused with every broken rule.
    """
    work.actor.demand("manager", ALL_BODIES)
    row = ensure_provider(work, name, channel)
    if version is not None and row.version != version:
        raise Stale(row.version)
    reasons = []
    if rate is not None and not 1 <= rate <= HIGHEST_RATE:
        reasons.append(Reason("rate", N_("From 1 to 10,000 messages a second, or nothing for no limit."), "rate"))
    if not 1 <= burst <= HIGHEST_RATE:
        reasons.append(Reason("burst", N_("From 1 to 10,000 messages at once."), "burst"))
    if reasons:
        raise Refused.many(reasons)
    row.rate, row.burst, row.tokens, row.filled_at = rate, burst, float(min(row.tokens, burst)), work.now
    row.version += 1
    work.audit("provider-rate-set", f"provider/{name}", rate=rate, burst=burst)
    work.session.flush()
    return row


def use_again(work: UnitOfWork, name: str) -> Provider:
    """Close a circuit by hand: staff know that the provider is back. Refused (409) when it is in use."""
    work.actor.demand("officer", ALL_BODIES)
    row: Provider | None = work.lock(Provider, name)
    if row is None:
        raise NotFound("provider")
    if row.circuit == "closed":
        raise Refused("in-use", N_("This provider is in use already."))
    row.circuit, row.failures, row.openings, row.next_try_at, row.changed_at = "closed", 0, 0, None, work.now
    row.version += 1
    work.audit("provider-used-again", f"provider/{name}")
    work.session.flush()
    return row


def approve_text(
    work: UnitOfWork, *, provider: str, template_id: UUID, code: str, parameters: Sequence[tuple[str, str]]
) -> ApprovedText:
    """Note the code under which a provider approved a version of a text, and what goes into it, in order.

    Forbidden below manager of all bodies; Refused with every broken rule, also where no parameter carries something
    that the text says.
    """
    work.actor.demand("manager", ALL_BODIES)
    template = work.session.get(TemplateVersion, template_id)
    if template is None or template.channel != "sms":
        raise NotFound("template")
    approval = Approval(provider, code.strip(), tuple(parameters))
    reasons = _wrong(work, template, approval)
    if reasons:
        raise Refused.many(reasons)
    row = work.session.scalars(
        select(ApprovedText)
        .where(ApprovedText.template_id == template_id, ApprovedText.provider == provider)
        .with_for_update()
    ).one_or_none()
    if row is None:
        row = ApprovedText(id=new_id(), template_id=template_id, provider=provider, version=0)
        work.session.add(row)
    row.code, row.parameters = code.strip(), [list(pair) for pair in parameters]
    row.version += 1
    row.changed_at = work.now
    work.audit("text-approved", f"template/{template_id}", provider=provider, code=row.code)
    work.session.flush()
    return row


def _wrong(work: UnitOfWork, template: TemplateVersion, approval: Approval) -> list[Reason]:
    """As a draft is checked, at the fields of this form."""
    offered = offered_placeholders(work.session, template.key)
    found = check_approvals(template.body, [approval], offered)
    return [replace(one, field=(one.field or "").partition("-")[0]) for one in found]

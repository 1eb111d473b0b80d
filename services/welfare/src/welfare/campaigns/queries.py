"""Reading campaigns and what they came to, always through the wall."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from shared.principal import SYSTEM, Principal
from welfare import wall
from welfare.campaigns.models import Campaign
from welfare.funds.models import FundEntry
from welfare.relief import rules as relief
from welfare.relief.models import ReliefApplication


@dataclass(frozen=True)
class Figures:
    """``amount`` in yuan is payments less reversals of the ledger; ``waiting`` counts cases without an end yet."""

    families: int = 0
    amount: Decimal = Decimal("0.00")
    waiting: int = 0


@dataclass(frozen=True)
class Shown:
    """A campaign with its figures."""

    campaign: Campaign
    figures: Figures

    @property
    def id(self) -> UUID:
        return self.campaign.id


def list_campaigns(
    principal: Principal, *, body: str | None = None, state: str | None = None, words: str | None = None
) -> Select[tuple[Campaign]]:
    """The campaigns that fit all of the filters given. ``words`` stand in either name."""
    query = wall.visible(select(Campaign), principal)
    if body:
        query = query.where(Campaign.body == body)
    if state:
        query = query.where(Campaign.state == state)
    if words and words.strip():
        names = (Campaign.name_zh, Campaign.name_en)
        query = query.where(or_(*(name.icontains(words.strip(), autoescape=True) for name in names)))
    return query


def find_campaign(session: Session, campaign_id: UUID, principal: Principal) -> Campaign:
    """NotFound where there is none that the principal may know of."""
    return wall.find(session, Campaign, campaign_id, principal)


def open_campaigns(session: Session, principal: Principal, day: date | None = None) -> Sequence[Campaign]:
    """The open campaigns of bodies for which the principal writes, that a day belongs to; the first to end first."""
    query = wall.visible(select(Campaign).where(Campaign.state == "open"), principal, "officer")
    if day is not None:
        query = query.where(Campaign.starts_on <= day, Campaign.ends_on >= day)
    return session.scalars(query.order_by(Campaign.ends_on, Campaign.id)).all()


def show(session: Session, principal: Principal, campaign: Campaign) -> Shown:
    return show_all(session, principal, [campaign])[0]


def show_all(session: Session, principal: Principal, campaigns: Sequence[Campaign]) -> list[Shown]:
    found = figures_of(session, principal, [campaign.id for campaign in campaigns])
    return [Shown(campaign, found[campaign.id]) for campaign in campaigns]


def figures_of(session: Session, principal: Principal, campaign_ids: Iterable[UUID]) -> Mapping[UUID, Figures]:
    """What each campaign came to so far. A family counts while something paid to it was not taken back."""
    ids = set(campaign_ids)
    if not ids:
        return {}
    family = func.coalesce(ReliefApplication.household_id, ReliefApplication.person_id)
    paid = wall.visible(
        select(ReliefApplication.campaign_id, family, func.sum(FundEntry.amount))
        .join(FundEntry, FundEntry.application_id == ReliefApplication.id)
        .where(ReliefApplication.campaign_id.in_(ids), FundEntry.kind.in_(("payment", "reversal")))
        .group_by(ReliefApplication.campaign_id, family),
        principal,
    )
    amounts: dict[UUID | None, list[Decimal]] = {campaign_id: [] for campaign_id in ids}
    for campaign_id, _family, amount in session.execute(paid):
        amounts[campaign_id].append(amount)
    waiting = wall.visible(
        select(ReliefApplication.campaign_id, func.count())
        .where(ReliefApplication.campaign_id.in_(ids), ReliefApplication.state.in_(relief.OPEN))
        .group_by(ReliefApplication.campaign_id),
        principal,
    )
    counts = {row[0]: int(row[1]) for row in session.execute(waiting)}
    return {
        campaign_id: Figures(
            families=sum(1 for amount in amounts[campaign_id] if amount > 0),
            amount=sum(amounts[campaign_id], Decimal("0.00")),
            waiting=counts.get(campaign_id, 0),
        )
        for campaign_id in ids
    }


def snapshots(
    session: Session, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    """Campaigns for consumers that ask for them."""
    query = wall.visible(select(Campaign), SYSTEM).order_by(Campaign.id).limit(limit)
    if after is not None:
        query = query.where(Campaign.id > after)
    if only is not None:
        query = query.where(Campaign.id == only)
    return [(one.id, {**neutral(one), "state": one.state}) for one in session.scalars(query)]


def neutral(campaign: Campaign) -> dict[str, Any]:
    """What events say of a campaign."""
    return {
        "campaign_id": campaign.id,
        "body": campaign.body,
        "name_zh": campaign.name_zh,
        "name_en": campaign.name_en,
        "starts_on": campaign.starts_on,
        "ends_on": campaign.ends_on,
    }

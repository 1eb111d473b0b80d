"""Planning, changing, opening and closing campaigns, and letting a case into one."""

from datetime import date
from typing import Any
from uuid import UUID

from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.money import yuan_text
from shared.refusal import Reason, Stale
from welfare import published, wall
from welfare.campaigns import rules
from welfare.campaigns.models import Campaign
from welfare.campaigns.queries import figures_of, neutral
from welfare.funds.queries import body_of_fund
from welfare.funds.rules import may_be_asked
from welfare.reasons import refuse_for

CHANGEABLE = ("name_zh", "name_en", "purpose", "starts_on", "ends_on", "fund_id")


def plan_campaign(
    work: UnitOfWork,
    *,
    body: str,
    name_zh: str,
    name_en: str,
    starts_on: date,
    ends_on: date,
    today: date,
    purpose: str = "",
    fund_id: UUID | None = None,
) -> Campaign:
    """A body plans a campaign; no case can name it before it is opened."""
    work.actor.demand("officer", body)
    refuse_for([*rules.planned(starts_on, ends_on, today), *_fund(work, fund_id, body)])
    campaign = Campaign(
        id=new_id(),
        body=body,
        name_zh=name_zh,
        name_en=name_en,
        purpose=purpose,
        starts_on=starts_on,
        ends_on=ends_on,
        fund_id=fund_id,
        state="planned",
        planned_by_name=work.actor.name[:120],
        created_at=work.now,
        version=1,
    )
    work.session.add(campaign)
    work.session.flush()
    work.audit("campaign-planned", _subject(campaign))
    return campaign


def change_campaign(
    work: UnitOfWork, campaign_id: UUID, *, today: date, version: int | None = None, **changes: Any
) -> Campaign:
    """Change what is given of CHANGEABLE. Once it is open, its first day and its fund stay; ``fund_id`` may be None."""
    if unknown := set(changes) - set(CHANGEABLE):
        raise TypeError(f"a campaign has no {sorted(unknown)} to change")
    campaign = _lock(work, campaign_id, version, "officer")
    refuse_for(rules.may_change(campaign.state), 409)
    new = {name: value for name, value in changes.items() if value != getattr(campaign, name)}
    reasons = rules.fixed(campaign.state, new_start="starts_on" in new, new_fund="fund_id" in new)
    if {"starts_on", "ends_on"} & set(new):
        first, last = (new.get(name, getattr(campaign, name)) for name in ("starts_on", "ends_on"))
        reasons += rules.planned(first, last, today)
    refuse_for([*reasons, *_fund(work, new.get("fund_id"), campaign.body)])
    for name, value in new.items():
        setattr(campaign, name, value)
    campaign.version += 1
    work.session.flush()
    work.audit("campaign-changed", _subject(campaign), fields=sorted(new))
    return campaign


def open_campaign(work: UnitOfWork, campaign_id: UUID, *, today: date, version: int | None = None) -> Campaign:
    """From now on applications of its body can name it. For managers."""
    campaign = _lock(work, campaign_id, version, "manager")
    refuse_for(rules.may_open(campaign.state, campaign.starts_on, campaign.ends_on, today), 409)
    campaign.state, campaign.opened_on = "open", today
    campaign.version += 1
    work.session.flush()
    work.record(published.campaign_opened, campaign.id, neutral(campaign))
    work.audit("campaign-opened", _subject(campaign))
    return campaign


def close_campaign(work: UnitOfWork, campaign_id: UUID, *, today: date, version: int | None = None) -> Campaign:
    """For good, with what it came to. Refused while one of its cases waits. For managers."""
    campaign = _lock(work, campaign_id, version, "manager")
    figures = figures_of(work.session, work.actor, [campaign.id])[campaign.id]
    refuse_for(rules.may_close(campaign.state, figures.waiting), 409)
    campaign.state, campaign.closed_on = "closed", today
    campaign.version += 1
    work.session.flush()
    amounts = {"families": figures.families, "amount": yuan_text(figures.amount)}
    work.record(published.campaign_closed, campaign.id, {**neutral(campaign), **amounts})
    work.audit("campaign-closed", _subject(campaign))
    return campaign


def why_not_named(work: UnitOfWork, campaign_id: UUID, case: rules.Case) -> list[Reason]:
    """Why a case may not name a campaign. Locks the campaign: it is not closed before the case is written down."""
    campaign = wall.lock_if_any(work, Campaign, campaign_id)
    if campaign is None:
        return rules.unknown()
    return rules.may_be_named(
        campaign.state, campaign.body, campaign.starts_on, campaign.ends_on, campaign.fund_id, case
    )


def _fund(work: UnitOfWork, fund_id: UUID | None, body: str) -> list[Reason]:
    return [] if fund_id is None else may_be_asked(body_of_fund(work.session, fund_id, work.actor), body)


def _lock(work: UnitOfWork, campaign_id: UUID, version: int | None, role: str) -> Campaign:
    campaign = wall.lock(work, Campaign, campaign_id, role)
    if version is not None and version != campaign.version:
        raise Stale(campaign.version)
    return campaign


def _subject(campaign: Campaign) -> str:
    return f"campaigns/{campaign.id}"

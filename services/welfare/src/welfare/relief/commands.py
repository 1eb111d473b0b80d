"""Submitting, changing and withdrawing applications."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.money import yuan_text
from shared.refusal import Reason, Stale
from welfare import published, wall
from welfare.campaigns.commands import why_not_named
from welfare.campaigns.rules import Case
from welfare.confidential.texts import Keys, write_text
from welfare.funds import commands as funds
from welfare.funds.queries import body_of_fund
from welfare.funds.rules import may_be_asked
from welfare.lookups import household_of, members_of, unknown_people
from welfare.people import person_of
from welfare.reasons import refuse_for
from welfare.relief import rules
from welfare.relief.hands import lend_hand, parts
from welfare.relief.models import ReliefApplication


class Unchanged(Enum):
    """Stands for a campaign that was not given, where None means none."""

    CAMPAIGN = "campaign"


def submit_application(
    work: UnitOfWork,
    keys: Keys,
    *,
    body: str,
    person_id: UUID,
    fund_id: UUID,
    amount_asked: Decimal,
    occasion: str,
    today: date,
    submitted_on: date | None = None,
    campaign_id: UUID | None = None,
    circumstances: str | None = None,
) -> ReliefApplication:
    """A family asks for relief from a fund, within an open campaign of the body or outside of any.

    ``circumstances`` are sealed; the household is looked up.
    """
    work.actor.demand("officer", body)
    drafter = person_of(work.actor)
    submitted_on = submitted_on or today
    refuse_for(
        [
            *unknown_people(work.session, [person_id], "person_id"),
            *rules.dated(submitted_on, today, "submitted_on"),
            *may_be_asked(body_of_fund(work.session, fund_id, work.actor), body),
            *_campaign(work, campaign_id, Case(body, submitted_on, fund_id)),
        ]
    )
    household_id = household_of(work.session, person_id)
    application = ReliefApplication(
        id=new_id(),
        body=body,
        person_id=person_id,
        household_id=household_id,
        fund_id=fund_id,
        campaign_id=campaign_id,
        occasion=occasion,
        amount_asked=amount_asked,
        state="submitted",
        submitted_on=submitted_on,
        drafted_by=drafter,
        drafted_by_name=work.actor.name[:120],
        created_at=work.now,
        version=1,
        hands=[],
        visits=[],
        decisions=[],
        disbursement=None,
    )
    work.session.add(application)
    work.session.flush()
    lend_hand(work, application, person_id, "applicant")
    for member_id in members_of(work.session, household_id) if household_id else ():
        lend_hand(work, application, member_id, "household")
    lend_hand(work, application, drafter, "drafter")
    write_text(work, keys, "relief_applications", application.id, "circumstances", body, circumstances)
    work.record(published.relief_submitted, application.id, neutral(application, amount_asked))
    work.audit("relief-submitted", f"relief_applications/{application.id}")
    return application


def edit_application(
    work: UnitOfWork,
    keys: Keys,
    application_id: UUID,
    *,
    today: date,
    version: int | None = None,
    amount_asked: Decimal | None = None,
    occasion: str | None = None,
    fund_id: UUID | None = None,
    campaign_id: UUID | Unchanged | None = Unchanged.CAMPAIGN,
    circumstances: str | None = None,
) -> ReliefApplication:
    """Change an application. An approval that was given ends with it, and its money is free again.

    A ``campaign_id`` of None takes it out of its campaign.
    """
    application = _lock(work, application_id, version)
    who = person_of(work.actor)
    refuse_for(rules.may_edit(application.state, who, parts(application)), 409)
    fund_id = fund_id or application.fund_id
    campaign_id = application.campaign_id if campaign_id is Unchanged.CAMPAIGN else campaign_id
    case = Case(application.body, application.submitted_on, fund_id)
    asked = may_be_asked(body_of_fund(work.session, fund_id, work.actor), application.body)
    refuse_for([*asked, *_campaign(work, campaign_id, case)])
    _void_approval(work, application, today)
    lend_hand(work, application, who, "drafter")
    application.amount_asked = amount_asked or application.amount_asked
    application.occasion = occasion or application.occasion
    application.fund_id, application.campaign_id = fund_id, campaign_id
    application.state = "visited" if application.visits else "submitted"
    application.version += 1
    work.session.flush()
    write_text(work, keys, "relief_applications", application.id, "circumstances", application.body, circumstances)
    work.record(published.relief_changed, application.id, neutral(application, application.amount_asked))
    work.audit("relief-changed", f"relief_applications/{application.id}")
    return application


def withdraw_application(
    work: UnitOfWork, application_id: UUID, *, today: date, version: int | None = None
) -> ReliefApplication:
    """The family does not ask any more. What was promised to it is free again."""
    application = _lock(work, application_id, version)
    refuse_for(rules.may_withdraw(application.state), 409)
    _void_approval(work, application, today)
    application.state, application.closed_on = "withdrawn", today
    application.version += 1
    work.session.flush()
    work.record(published.relief_withdrawn, application.id, neutral(application, application.amount_asked))
    work.audit("relief-withdrawn", f"relief_applications/{application.id}")
    return application


def named(application: ReliefApplication) -> dict[str, Any]:
    """Which application, whose, and for which family: what every event says of it."""
    return {
        "relief_id": application.id,
        "person_id": application.person_id,
        "body": application.body,
        "family_id": application.family,
    }


def neutral(application: ReliefApplication, amount: Decimal) -> dict[str, Any]:
    """What events may say of an application."""
    return {**named(application), "amount": yuan_text(amount)}


def _void_approval(work: UnitOfWork, application: ReliefApplication, today: date) -> None:
    decision = application.decision
    if decision is None or decision.amount is None or application.state != "approved":
        return
    decision.voided_at = work.now
    work.session.flush()
    fund = funds.fund_of(work, decision.fund_id)
    funds.release(work, fund, decision.amount, application_id=application.id, body=application.body, day=today)
    work.audit("relief-approval-voided", f"relief_applications/{application.id}")


def _campaign(work: UnitOfWork, campaign_id: UUID | None, case: Case) -> list[Reason]:
    return [] if campaign_id is None else why_not_named(work, campaign_id, case)


def _lock(work: UnitOfWork, application_id: UUID, version: int | None) -> ReliefApplication:
    application = wall.lock(work, ReliefApplication, application_id)
    if version is not None and version != application.version:
        raise Stale(application.version)
    return application

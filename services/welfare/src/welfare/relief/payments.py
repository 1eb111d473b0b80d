"""Paying out what was granted, and taking it back."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import Stale
from welfare import published, wall
from welfare.funds import commands as funds
from welfare.people import person_of
from welfare.reasons import refuse_for
from welfare.relief import rules
from welfare.relief.commands import neutral
from welfare.relief.models import Disbursement, ReliefApplication


def pay_out(
    work: UnitOfWork,
    application_id: UUID,
    *,
    today: date,
    amount: Decimal | None = None,
    paid_on: date | None = None,
    receipt: str | None = None,
    version: int | None = None,
) -> Disbursement:
    """Hand the granted amount over. ``amount``, where given, has to be what was approved."""
    application = wall.lock(work, ReliefApplication, application_id)
    if version is not None and version != application.version:
        raise Stale(application.version)
    who = person_of(work.actor)
    decision = application.decision
    approver = decision.approver_id if decision is not None else None
    refuse_for(rules.may_pay(application.state, who, approver), 409)
    assert decision is not None
    assert decision.amount is not None
    paid_on = paid_on or today
    refuse_for(
        [
            *rules.paid_amount(amount if amount is not None else decision.amount, decision.amount),
            *rules.dated(paid_on, today, "paid_on", decision.decided_on),
        ]
    )
    fund = funds.fund_of(work, decision.fund_id)
    funds.spend(work, fund, decision.amount, application_id=application.id, body=application.body, day=paid_on)
    disbursement = Disbursement(
        id=new_id(),
        body=application.body,
        application_id=application.id,
        decision_id=decision.id,
        approved_by=decision.approver_id,
        fund_id=decision.fund_id,
        amount=decision.amount,
        paid_on=paid_on,
        paid_by=who,
        paid_by_name=work.actor.name[:120],
        receipt=receipt,
        created_at=work.now,
    )
    application.disbursement = disbursement
    application.state, application.closed_on = "paid", paid_on
    application.version += 1
    work.session.flush()
    data = {**neutral(application, disbursement.amount), "paid_on": paid_on}
    work.record(published.relief_paid, application.id, data)
    work.audit("relief-paid", f"relief_applications/{application.id}", disbursement=str(disbursement.id))
    return disbursement


def reverse_payment(
    work: UnitOfWork, disbursement_id: UUID, *, reason: str, today: date, reversed_on: date | None = None
) -> Disbursement:
    """Take a pay-out back: a negative line in the ledger, and the fund has the money again. For managers."""
    seen = wall.find(work.session, Disbursement, disbursement_id, work.actor)
    application = wall.lock(work, ReliefApplication, seen.application_id, "manager")
    disbursement = wall.lock(work, Disbursement, disbursement_id, "manager")
    refuse_for(rules.may_reverse(application.state), 409)
    day = reversed_on or today
    refuse_for(rules.dated(day, today, "reversed_on", disbursement.paid_on))
    fund = funds.fund_of(work, disbursement.fund_id)
    funds.take_back(
        work,
        fund,
        disbursement.amount,
        application_id=application.id,
        body=application.body,
        day=day,
        reason=reason,
    )
    disbursement.reversed_on, disbursement.reversal_reason = day, reason
    disbursement.reversed_by_name = work.actor.name[:120]
    application.state = "reversed"
    application.version += 1
    work.session.flush()
    data = {**neutral(application, -disbursement.amount), "reversed_on": day}
    work.record(published.relief_reversed, application.id, data)
    work.audit("relief-reversed", f"relief_applications/{application.id}", reason=reason)
    return disbursement

"""The home visit, and the decision by another person."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import Stale
from welfare import published, wall
from welfare.confidential.texts import Keys, write_text
from welfare.funds import commands as funds
from welfare.people import person_of
from welfare.reasons import refuse_for
from welfare.relief import rules
from welfare.relief.commands import named, neutral
from welfare.relief.hands import lend_hand, parts
from welfare.relief.models import ReliefApplication, ReliefDecision, ReliefVisit


def record_visit(
    work: UnitOfWork, keys: Keys, application_id: UUID, *, visited_on: date, today: date, finding: str | None = None
) -> ReliefApplication:
    """Whoever does this visited the family. ``finding`` is sealed."""
    application = wall.lock(work, ReliefApplication, application_id)
    who = person_of(work.actor)
    refuse_for(rules.may_visit(application.state, who, parts(application)), 409)
    refuse_for(rules.dated(visited_on, today, "visited_on", application.submitted_on))
    lend_hand(work, application, who, "visitor")
    visit = ReliefVisit(
        id=new_id(),
        application_id=application.id,
        visitor_id=who,
        side="asking",
        visitor_name=work.actor.name[:120],
        visited_on=visited_on,
        created_at=work.now,
    )
    application.visits.append(visit)
    application.state = "visited"
    application.version += 1
    work.session.flush()
    write_text(work, keys, "relief_visits", visit.id, "finding", application.body, finding)
    work.record(published.relief_visited, application.id, {**named(application), "visited_on": visited_on})
    work.audit("relief-visited", f"relief_applications/{application.id}", visit=str(visit.id))
    return application


def approve_application(
    work: UnitOfWork,
    application_id: UUID,
    *,
    today: date,
    amount: Decimal | None = None,
    decided_on: date | None = None,
    version: int | None = None,
) -> ReliefApplication:
    """Grant the amount asked for, or less, and reserve it in the fund. Refused with ``fund-exhausted`` at its end."""
    application, who = _decide(work, application_id, version)
    amount = amount or application.amount_asked
    decided_on = decided_on or today
    refuse_for(
        [
            *rules.granted(amount, application.amount_asked),
            *rules.dated(decided_on, today, "decided_on", application.visits[-1].visited_on),
        ]
    )
    fund = funds.fund_of(work, application.fund_id)
    funds.reserve(work, fund, amount, application_id=application.id, body=application.body, day=decided_on)
    _write(work, application, who, "approved", amount, decided_on)
    return application


def decline_application(
    work: UnitOfWork, application_id: UUID, *, today: date, version: int | None = None
) -> ReliefApplication:
    """Say no. The application is closed; the family may ask again with a new one."""
    application, who = _decide(work, application_id, version)
    _write(work, application, who, "declined", None, today)
    application.closed_on = today
    return application


def _decide(work: UnitOfWork, application_id: UUID, version: int | None) -> tuple[ReliefApplication, UUID]:
    application = wall.lock(work, ReliefApplication, application_id, "manager")
    if version is not None and version != application.version:
        raise Stale(application.version)
    who = person_of(work.actor)
    refuse_for(rules.may_decide(application.state, who, parts(application)), 409)
    return application, who


def _write(
    work: UnitOfWork, application: ReliefApplication, who: UUID, outcome: str, amount: Decimal | None, day: date
) -> None:
    lend_hand(work, application, who, "approver")
    decision = ReliefDecision(
        id=new_id(),
        application_id=application.id,
        outcome=outcome,
        amount=amount,
        fund_id=application.fund_id,
        approver_id=who,
        side="deciding",
        approver_name=work.actor.name[:120],
        applicant_id=application.person_id,
        drafted_by=application.drafted_by,
        decided_on=day,
        created_at=work.now,
    )
    application.decisions.append(decision)
    application.state = outcome
    application.version += 1
    work.session.flush()
    data = {**neutral(application, amount or application.amount_asked), "outcome": outcome}
    work.record(published.relief_decided, application.id, data)
    work.audit(f"relief-{outcome}", f"relief_applications/{application.id}")

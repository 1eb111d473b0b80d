"""Taking back a payment that was entered wrongly. The receipt keeps its number and says that it is reversed."""

from uuid import UUID

from membership.dues.models import DuesPayment, DuesWaiver
from membership.dues.queries import NOUN, event_data
from membership.dues.rules import reversal_reasons
from membership.published_party import dues_paid, dues_reversed
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.principal import Principal
from shared.refusal import Forbidden, NotFound, Refused
from shared.texts import N_

BODY = "party"


def may_reverse(actor: Principal, payment: DuesPayment) -> bool:
    """A manager, or an officer who is not the one that entered it: nobody below a manager undoes the own entry."""
    somebody_else = payment.recorded_by_id is not None and payment.recorded_by_id != actor.id
    return actor.allows("manager", BODY) or (actor.allows("officer", BODY) and somebody_else)


def reverse_payment(work: UnitOfWork, payment_id: UUID, reason: str, *, centre: Centre) -> DuesPayment:
    """What it settled is open again. Its reference can be entered again, where it belongs."""
    work.actor.demand("officer", BODY)
    payment: DuesPayment | None = work.lock(DuesPayment, payment_id)
    if payment is None:
        raise NotFound(NOUN)
    if not may_reverse(work.actor, payment):
        raise Forbidden("manager", BODY)
    if payment.reversed_on is not None:
        raise Refused("reversed-already", N_("This payment is reversed already."))
    reason = " ".join(reason.split())
    if reasons := reversal_reasons(reason):
        raise Refused.many(reasons)
    payment.reversed_on, payment.reversal_reason = centre.today(work.now), reason
    payment.reversed_by = work.actor.name[:120]
    payment.reversed_reference, payment.reference = payment.reference, None
    for line in sorted(payment.lines, key=lambda line: line.assessment.id):
        row = work.lock(type(line.assessment), line.assessment_id)
        row.paid -= line.amount
        row.paid_on = None
        waiver = work.session.get(DuesWaiver, row.waiver_id) if row.waiver_id else None
        if waiver is not None:  # it held from its decision on, but not below what was paid by then
            row.amount = max(min(row.amount, waiver.reduced_to), row.paid)
            row.paid_on = None if row.open else waiver.decided_on
        row.version += 1
        work.session.flush()
        work.record(dues_reversed, row.id, event_data(row))
        if waiver is not None and not row.open:
            work.record(dues_paid, row.id, event_data(row))
    work.session.flush()
    work.audit("dues-reversed", f"person/{payment.person_id}", number=payment.number)
    return payment

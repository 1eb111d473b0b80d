"""Recording a guardian's consent, and its withdrawal. A withdrawn one stays to be read; another is asked for."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from membership.add_requests.visibility import demand_whole
from membership.consents.models import GuardianConsent
from membership.consents.queries import NOUN, get_consent
from membership.consents.rules import ConsentData, consent_reasons, tidy_paper
from membership.households.models import Guardianship
from membership.people.former import lock_people
from membership.people.models import Person
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused
from shared.texts import N_


def record_consent(work: UnitOfWork, child_id: UUID, consent: ConsentData, *, centre: Centre) -> GuardianConsent:
    """A guardian of the child consents. Refused with every broken rule."""
    work.actor.demand("officer")
    [child] = lock_people(work, [child_id])
    today = centre.today(work.now)
    demand_whole(work, child_id, today)
    query = select(Guardianship.guardian_id).where(Guardianship.child_id == child_id).order_by(Guardianship.since)
    guardians = work.session.scalars(query).all()
    reasons = consent_reasons(consent, guardians, child.birth_on, today)
    if reasons:
        raise Refused.many(reasons)
    return keep_consent(work, child, consent, guardians[0])


def keep_consent(work: UnitOfWork, child: Person, consent: ConsentData, first: UUID) -> GuardianConsent:
    """The row of a consent that the rules let pass; ``first`` gave it where it names nobody."""
    assert consent.given_on is not None
    made = GuardianConsent(
        id=new_id(),
        child_id=child.id,
        guardian_id=consent.guardian_id or first,
        given_on=consent.given_on,
        paper=tidy_paper(consent.paper),
        recorded_by=work.actor.name[:120],
        recorded_at=work.now,
    )
    work.session.add(made)
    work.session.flush()
    work.audit("consent-recorded", f"person/{child.id}", guardian=str(made.guardian_id))
    return made


def withdraw_consent(work: UnitOfWork, consent_id: UUID, withdrawn_on: date, *, centre: Centre) -> GuardianConsent:
    """It stands no more from that day on, which may not lie ahead. Said once."""
    work.actor.demand("officer")
    lock_people(work, [get_consent(work.session, consent_id).child_id])
    consent: GuardianConsent | None = work.lock(GuardianConsent, consent_id)
    if consent is None:
        raise NotFound(NOUN)
    today = centre.today(work.now)
    demand_whole(work, consent.child_id, today)
    if consent.withdrawn_on is not None:
        raise Refused("withdrawn-already", N_("This consent was withdrawn already."))
    if not consent.given_on <= withdrawn_on <= today:
        text = N_("It is withdrawn on a day after it was given that has come.")
        raise Refused.many([Reason("withdrawn-day", text, "withdrawn_on")])
    consent.withdrawn_on, consent.withdrawn_by = withdrawn_on, work.actor.name[:120]
    work.session.flush()
    work.audit("consent-withdrawn", f"person/{consent.child_id}", guardian=str(consent.guardian_id))
    return consent

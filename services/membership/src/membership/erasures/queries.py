"""Reading requests for erasure, and what stands against them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from membership.acknowledgements.queries import answers
from membership.development.models import DevelopmentFile
from membership.dues.models import DuesAssessment
from membership.erasures.models import Erasure
from membership.erasures.rules import reasons_elsewhere, reasons_here
from membership.floating.models import FloatingStay
from membership.households.models import Guardianship
from membership.memberships.models import Membership
from membership.people.models import Person
from membership.transfers.models import Transfer
from shared.principal import Principal
from shared.refusal import NotFound, Reason
from shared.staff.models import Account
from shared.texts import N_

NOUN = N_("erasure")
_PARTY_ROLES = ("member", "probationary-member")


def get_erasure(session: Session, erasure_id: UUID) -> Erasure:
    """NotFound when there is none."""
    erasure = session.get(Erasure, erasure_id)
    if erasure is None:
        raise NotFound(NOUN)
    return erasure


def erasure_of(session: Session, person_id: UUID) -> Erasure | None:
    """The latest request about a person."""
    query = select(Erasure).where(Erasure.person_id == person_id).order_by(Erasure.id.desc()).limit(1)
    return session.scalars(query).first()


def selection(*, state: str | None = None) -> Select[Erasure]:
    query = select(Erasure)
    return query.where(Erasure.state == state) if state else query


def waiting_count(session: Session) -> int:
    """Requests that a second person has to decide about."""
    return session.scalar(select(func.count(Erasure.id)).where(Erasure.state == "requested")) or 0


def standing_against(session: Session, erasure: Erasure, reader: Principal) -> list[Reason]:
    """What postpones this erasure, as far as the reader may know."""
    here = reasons_here(open_here(session, erasure.person_id), reader)
    return here + reasons_elsewhere(answers(session, "check", erasure.id))


def open_here(session: Session, person_id: UUID) -> Sequence[str]:
    """Codes of what is open in this service, as the rules name them."""
    child, others = aliased(Guardianship), aliased(Guardianship)
    another = select(others).where(others.child_id == child.child_id, others.guardian_id != person_id).exists()
    conditions = {
        "party-member": select(Membership.id).where(
            Membership.person_id == person_id,
            Membership.body == "party",
            Membership.role.in_(_PARTY_ROLES),
            Membership.end_on.is_(None),
        ),
        "open-file": select(DevelopmentFile.id).where(
            DevelopmentFile.person_id == person_id, DevelopmentFile.state == "open"
        ),
        "pending-transfer": select(Transfer.id).where(Transfer.person_id == person_id, Transfer.state == "requested"),
        "open-stay": select(FloatingStay.id).where(
            FloatingStay.person_id == person_id, FloatingStay.ended_on.is_(None)
        ),
        "unpaid-dues": select(DuesAssessment.id).where(
            DuesAssessment.person_id == person_id, DuesAssessment.paid < DuesAssessment.amount
        ),
        "only-guardian": select(child.child_id)
        .join(Person, Person.id == child.child_id)
        .where(child.guardian_id == person_id, Person.guarded, ~another),
        "active-account": select(Account.id).where(Account.person_id == person_id, Account.active),
    }
    return [code for code, query in conditions.items() if session.execute(query.limit(1)).first() is not None]

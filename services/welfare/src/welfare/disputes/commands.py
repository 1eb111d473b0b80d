"""Opening disputes, writing down mediation, and ending them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import Stale
from welfare import published, wall
from welfare.confidential.texts import Keys, write_text
from welfare.disputes import rules
from welfare.disputes.models import Dispute, DisputeParty, MediationSession
from welfare.lookups import unknown_people
from welfare.reasons import refuse_for


def open_dispute(
    work: UnitOfWork,
    keys: Keys,
    *,
    body: str,
    person_ids: Sequence[UUID],
    kind: str,
    today: date,
    opened_on: date | None = None,
    matter: str | None = None,
) -> Dispute:
    """Take a dispute up for a body. ``matter`` is sealed."""
    work.actor.demand("officer", body)
    opened_on = opened_on or today
    people = list(dict.fromkeys(person_ids))
    refuse_for([*unknown_people(work.session, people, "person_ids"), *rules.opened(people, opened_on, today)])
    dispute = Dispute(
        id=new_id(),
        body=body,
        kind=kind,
        state="open",
        opened_on=opened_on,
        opened_by=work.actor.name[:120],
        created_at=work.now,
        version=1,
        parties=[DisputeParty(person_id=person_id, place=place) for place, person_id in enumerate(people)],
        sessions=[],
    )
    work.session.add(dispute)
    work.session.flush()
    write_text(work, keys, "disputes", dispute.id, "matter", body, matter)
    work.record(published.dispute_opened, dispute.id, neutral(dispute))
    work.audit("dispute-opened", f"disputes/{dispute.id}")
    return dispute


def add_session(
    work: UnitOfWork, keys: Keys, dispute_id: UUID, *, held_on: date, today: date, note: str | None = None
) -> MediationSession:
    """Write down a mediation session. ``note`` is sealed."""
    dispute = wall.lock(work, Dispute, dispute_id)
    refuse_for(rules.still_open(dispute.state), 409)
    refuse_for(rules.session_held(held_on, dispute.opened_on, today))
    session = MediationSession(
        id=new_id(), held_on=held_on, mediator_name=work.actor.name[:120], created_at=work.now, dispute_id=dispute.id
    )
    dispute.sessions.append(session)
    dispute.version += 1
    work.session.flush()
    write_text(work, keys, "mediation_sessions", session.id, "note", dispute.body, note)
    work.audit("mediation-session-held", f"disputes/{dispute.id}", session=str(session.id))
    return session


def settle_dispute(
    work: UnitOfWork,
    keys: Keys,
    dispute_id: UUID,
    *,
    closed_on: date,
    today: date,
    terms: str | None = None,
    version: int | None = None,
) -> Dispute:
    """The parties agreed. ``terms`` are sealed."""
    dispute = _close(work, dispute_id, "settled", closed_on, today, version)
    write_text(work, keys, "disputes", dispute.id, "terms", dispute.body, terms)
    work.record(published.dispute_settled, dispute.id, neutral(dispute))
    return dispute


def give_up_dispute(
    work: UnitOfWork, dispute_id: UUID, *, closed_on: date, today: date, version: int | None = None
) -> Dispute:
    """Mediation ended without an agreement."""
    dispute = _close(work, dispute_id, "unsettled", closed_on, today, version)
    work.record(published.dispute_unsettled, dispute.id, neutral(dispute))
    return dispute


def neutral(dispute: Dispute) -> dict[str, Any]:
    """What events may say of a dispute."""
    data: dict[str, Any] = {"dispute_id": dispute.id, "body": dispute.body, "person_ids": dispute.person_ids}
    return data if dispute.closed_on is None else {**data, "closed_on": dispute.closed_on}


def _close(
    work: UnitOfWork, dispute_id: UUID, state: str, closed_on: date, today: date, version: int | None
) -> Dispute:
    dispute = wall.lock(work, Dispute, dispute_id)
    if version is not None and version != dispute.version:
        raise Stale(dispute.version)
    refuse_for(rules.still_open(dispute.state), 409)
    refuse_for(rules.closed(closed_on, dispute.opened_on, today, len(dispute.sessions)))
    dispute.state, dispute.closed_on = state, closed_on
    dispute.version += 1
    work.session.flush()
    work.audit(f"dispute-{state}", f"disputes/{dispute.id}")
    return dispute

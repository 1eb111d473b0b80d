"""Registering floating members at both ends, and closing a stay. For officers of the Party office."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from membership.floating.models import FloatingStatement, FloatingStay
from membership.floating.queries import NOUN, event_data
from membership.floating.rules import StatementData, statement_reasons, stay_reasons
from membership.house import house
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.published_party import floating_closed, floating_confirmed, floating_registered
from membership.refusals import refused_by
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_

BODY = "party"


def register_stay(
    work: UnitOfWork,
    person_id: UUID,
    *,
    host_organisation_id: UUID | None = None,
    host_place: str | None = None,
    home_place: str | None = None,
    started_on: date,
    expected_until: date,
    note: str = "",
    centre: Centre,
) -> FloatingStay:
    """A member lives away from the own branch. Without ``home_place`` the home is the member's branch here.

    The member's formal place does not change. Refused with every broken rule, or while another stay is open.
    """
    work.actor.demand("officer", BODY)
    person: Person | None = work.session.get(Person, person_id)
    if person is None:
        raise NotFound("person")
    host_place = " ".join((host_place or "").split()) or None
    home_place = " ".join((home_place or "").split()) or None
    today = centre.today(work.now)
    home = _home(work, person_id, today) if home_place is None else None
    reasons = stay_reasons(started_on, expected_until, today, house().floating_months)
    if home_place is None and home is None:
        text = N_("The person belongs to no branch here. Say where the member's branch is.")
        reasons.append(Reason("no-branch", text, "home_place"))
    if (host_organisation_id is None) == (host_place is None):
        text = N_("Choose a branch here, or write where the member takes part.")
        reasons.append(Reason("one-host", text, "host_organisation_id"))
    if home is not None and home == host_organisation_id:
        reasons.append(Reason("same-branch", N_("The person belongs there already."), "host_organisation_id"))
    if home_place is not None and host_organisation_id is None:
        reasons.append(Reason("not-ours", N_("One of the two branches is here."), "host_organisation_id"))
    if host_organisation_id is not None:
        host: Organisation | None = work.session.get(Organisation, host_organisation_id)
        if host is None or not host.active or host.kind not in ("party-branch", "station"):
            text = N_("A floating member takes part in a Party branch or a station.")
            reasons.append(Reason("not-a-branch", text, "host_organisation_id"))
    if reasons:
        raise Refused.many(reasons)
    stay = FloatingStay(
        id=new_id(),
        person_id=person_id,
        home_organisation_id=home,
        home_place=home_place,
        host_organisation_id=host_organisation_id,
        host_place=host_place,
        started_on=started_on,
        expected_until=expected_until,
        home_registered_on=today if home is not None else None,
        host_registered_on=today if home is None else None,
        note=" ".join(note.split())[:300],
        recorded_by=work.actor.name[:120],
        version=1,
        created_at=work.now,
    )
    with refused_by(work.session, _OPEN):
        work.session.add(stay)
    work.audit("floating-registered", f"person/{person_id}")
    work.record(floating_registered, stay.id, event_data(stay))
    return stay


def confirm_other_end(work: UnitOfWork, stay_id: UUID, on: date, *, version: int, centre: Centre) -> FloatingStay:
    """The other end registered the member, too."""
    stay = _open(work, stay_id, version)
    if on > centre.today(work.now) or on < stay.started_on:
        text = N_("The day lies between the beginning of the stay and today.")
        raise Refused("day-wrong", text, field="on", status=422)
    if stay.home_registered_on is None:
        stay.home_registered_on = on
    elif stay.host_registered_on is None:
        stay.host_registered_on = on
    else:
        raise Refused("registered-already", N_("Both ends registered the member already."))
    stay.version += 1
    work.session.flush()
    work.audit("floating-confirmed", f"person/{stay.person_id}")
    work.record(floating_confirmed, stay.id, event_data(stay))
    return stay


def close_stay(work: UnitOfWork, stay_id: UUID, ended_on: date, *, version: int, centre: Centre) -> FloatingStay:
    """The member is back, or moved altogether (then a transfer is asked for)."""
    stay = _open(work, stay_id, version)
    if ended_on > centre.today(work.now) or ended_on < stay.started_on:
        text = N_("The day lies between the beginning of the stay and today.")
        raise Refused("day-wrong", text, field="on", status=422)
    stay.ended_on = ended_on
    stay.version += 1
    work.session.flush()
    work.audit("floating-closed", f"person/{stay.person_id}")
    work.record(floating_closed, stay.id, event_data(stay))
    return stay


def file_statement(work: UnitOfWork, stay_id: UUID, data: StatementData, *, centre: Centre) -> FloatingStay:
    """A host elsewhere wrote what a member of ours attended there; also after the stay."""
    work.actor.demand("officer", BODY)
    stay: FloatingStay | None = work.lock(FloatingStay, stay_id)
    if stay is None:
        raise NotFound(NOUN)
    if stay.host_organisation_id is not None:
        text = N_("The member takes part here: what was attended is known, and the statement is written here.")
        raise Refused("host-here", text)
    reasons = statement_reasons(data, stay.started_on, stay.ended_on, centre.today(work.now))
    if reasons:
        raise Refused.many(reasons)
    stay.statements.append(
        FloatingStatement(
            id=new_id(),
            stay_id=stay.id,
            first_on=data.first_on,
            last_on=data.last_on,
            received_on=data.received_on,
            attended=data.attended,
            place=" ".join(data.place.split()),
            note=" ".join(data.note.split()),
            recorded_by=work.actor.name[:120],
            recorded_at=work.now,
        )
    )
    work.session.flush()
    work.audit("floating-statement-filed", f"person/{stay.person_id}")
    return stay


def _home(work: UnitOfWork, person_id: UUID, day: date) -> UUID | None:
    query = (
        select(Membership.organisation_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.person_id == person_id,
            Membership.role.in_(("member", "probationary-member")),
            Organisation.kind == "party-branch",
            holds_on(day),
        )
    )
    return work.session.scalars(query.limit(1)).first()


def _open(work: UnitOfWork, stay_id: UUID, version: int) -> FloatingStay:
    work.actor.demand("officer", BODY)
    stay: FloatingStay | None = work.lock(FloatingStay, stay_id)
    if stay is None:
        raise NotFound(NOUN)
    if stay.ended_on is not None:
        raise Refused("stay-closed", N_("This stay is over."))
    if stay.version != version:
        raise Stale(stay.version)
    return stay


_REASON = Reason("stay-open", N_("The person is registered as a floating member already."), "person")
_OPEN = {"uq_floating_stays_open": _REASON, "floating_stays.person_id": _REASON}

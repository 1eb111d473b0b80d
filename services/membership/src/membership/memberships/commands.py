"""Starting and ending memberships. The permission within the organisation's body is demanded here."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from membership.consents.queries import born_after, missing_among
from membership.consents.rules import consent_needed
from membership.memberships.models import Membership
from membership.memberships.queries import NOUN, event_data
from membership.memberships.rules import period_reasons, start_reasons
from membership.organisations.kinds import kinds
from membership.organisations.models import Organisation
from membership.people.former import all_living, living
from membership.people.models import Person
from membership.published import membership_ended, membership_started
from membership.refusals import refused_by
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_


def start_membership(
    work: UnitOfWork,
    *,
    person_id: UUID,
    organisation_id: UUID,
    role: str,
    start_on: date,
    end_on: date | None = None,
    membership_id: UUID | None = None,
) -> Membership:
    """A person holds a role from a day on. Refused with every broken rule, or with the period that it overlaps."""
    [organisation] = _organisations(work, [organisation_id]).values()
    work.actor.demand("officer", organisation.body)
    _with_consent(work, [living(work, person_id)])
    membership = _made(work, membership_id or new_id(), person_id, organisation, role, start_on, end_on)
    try:
        with refused_by(work.session, _OVERLAP):
            work.session.add(membership)
    except Refused as refused:
        raise _with_pointer(work, membership, refused) from refused
    work.audit("membership-started", f"person/{person_id}", organisation=organisation.code, role=role)
    work.record(membership_started, membership.id, event_data(membership))
    return membership


def start_memberships(work: UnitOfWork, wanted: Sequence[tuple[UUID, UUID, str]], start_on: date) -> list[Membership]:
    """Many people, each with organisation and role, in a few statements for all of them. Refused as each would be."""
    organisations = _organisations(work, [organisation_id for _, organisation_id, _ in wanted])
    for organisation in organisations.values():
        work.actor.demand("officer", organisation.body)
    _with_consent(work, all_living(work, [person_id for person_id, _, _ in wanted]))
    made = [
        _made(work, new_id(), person_id, organisations[organisation_id], role, start_on, None)
        for person_id, organisation_id, role in wanted
    ]
    try:
        with refused_by(work.session, _OVERLAP):
            work.session.add_all(made)
            for one in made:
                code = organisations[one.organisation_id].code
                work.audit("membership-started", f"person/{one.person_id}", organisation=code, role=one.role)
    except Refused as refused:
        pointed = (_with_pointer(work, one, refused) for one in made)
        raise next((one for one in pointed if one is not refused), refused) from refused
    work.record_all(membership_started, [(one.id, event_data(one)) for one in made])
    return made


def _with_consent(work: UnitOfWork, people: Sequence[Person]) -> None:
    """Refused for a child for whom no guardian's consent stands: it joins nothing new."""
    born = [one.id for one in people if one.birth_on is not None and one.birth_on > born_after(work.now.date())]
    if born and missing_among(work.session, born, work.now.date()):
        raise Refused.many([consent_needed("person_id")])


def _made(
    work: UnitOfWork,
    membership_id: UUID,
    person_id: UUID,
    organisation: Organisation,
    role: str,
    start_on: date,
    end_on: date | None,
) -> Membership:
    """Refused with every rule that it breaks."""
    reasons = start_reasons(kinds().by_code[organisation.kind], organisation.active, role, start_on, end_on)
    if reasons:
        raise Refused.many(reasons)
    return Membership(
        id=membership_id,
        person_id=person_id,
        organisation_id=organisation.id,
        body=organisation.body,
        role=role,
        start_on=start_on,
        end_on=end_on,
        version=1,
        created_at=work.now,
    )


def end_membership(work: UnitOfWork, membership_id: UUID, end_on: date, *, version: int) -> Membership:
    """Say on which day a membership no longer holds; that day may lie ahead, and is said once."""
    membership: Membership | None = work.lock(Membership, membership_id)
    if membership is None:
        raise NotFound(NOUN)
    work.actor.demand("officer", membership.body)
    if membership.version != version:
        raise Stale(membership.version)
    if membership.end_on is not None:
        text = N_("This membership ends on %(end_on)s already.")
        raise Refused("already-ended", text, field="end_on", end_on=membership.end_on)
    reasons = period_reasons(membership.start_on, end_on)
    if reasons:
        raise Refused.many(reasons)
    membership.end_on = end_on
    membership.version += 1
    work.session.flush()
    work.audit(
        "membership-ended",
        f"person/{membership.person_id}",
        organisation=membership.organisation.code,
        role=membership.role,
    )
    work.record(membership_ended, membership.id, event_data(membership))
    return membership


def _organisations(work: UnitOfWork, ids: Sequence[UUID]) -> Mapping[UUID, Organisation]:
    """Locked against closing only, so that many people may join one organisation at a time."""
    query = select(Organisation).where(Organisation.id.in_(set(ids))).order_by(Organisation.id)
    found = {one.id: one for one in work.session.scalars(query.with_for_update(read=True))}
    if len(found) < len(set(ids)):
        raise NotFound("organisation")
    return found


def _with_pointer(work: UnitOfWork, wanted: Membership, refused: Refused) -> Refused:
    query = select(Membership).where(
        Membership.person_id == wanted.person_id,
        Membership.organisation_id == wanted.organisation_id,
        Membership.role == wanted.role,
        or_(Membership.end_on.is_(None), Membership.end_on > wanted.start_on),
    )
    if wanted.end_on is not None:
        query = query.where(Membership.start_on < wanted.end_on)
    held = work.session.scalars(query.limit(1)).first()
    if held is None:
        return refused
    return Refused(
        _REASON.code,
        N_("The person holds this role there already, since %(start_on)s."),
        field="start_on",
        start_on=held.start_on,
        membership_id=str(held.id),
    )


_REASON = Reason("membership-overlaps", N_("The person holds this role there already at that time."), "start_on")
_OVERLAP = {"ex_memberships_overlap": _REASON}

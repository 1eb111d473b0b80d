"""Asking for a transfer, accepting it, returning it. For officers of the Party office."""

import secrets
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from membership.development.models import DevelopmentFile
from membership.house import house
from membership.memberships.commands import end_membership, start_membership
from membership.memberships.models import Membership
from membership.numbering import next_number
from membership.organisations.models import Organisation
from membership.people.former import living
from membership.published_party import transfer_accepted, transfer_requested, transfer_returned
from membership.refusals import refused_by
from membership.settings import Centre
from membership.transfers.models import LetterNumber, Transfer
from membership.transfers.queries import NOUN, event_data
from membership.transfers.rules import ROLES, acceptance_reasons, valid_until
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_

BODY = "party"


def request_transfer(
    work: UnitOfWork,
    person_id: UUID,
    *,
    to_organisation_id: UUID | None = None,
    to_place: str | None = None,
    from_place: str | None = None,
    role: str = "member",
    requested_on: date,
    note: str = "",
    centre: Centre,
) -> Transfer:
    """Ask that a member moves to another branch; until it is accepted the member stays in the old one.

    Without ``from_place`` the member comes from the branch that they belong to here. Refused with every broken rule,
    or when a transfer is pending, also of two that are asked for at a time.
    """
    work.actor.demand("officer", BODY)
    living(work, person_id)
    from_place = " ".join((from_place or "").split()) or None
    to_place = " ".join((to_place or "").split()) or None
    held = _held(work, person_id) if from_place is None else None
    reasons = _request_reasons(work, held, from_place, to_organisation_id, to_place, role, requested_on, centre)
    if reasons:
        raise Refused.many(reasons)
    transfer = Transfer(
        id=new_id(),
        person_id=person_id,
        from_organisation_id=held.organisation_id if held else None,
        from_place=from_place,
        to_organisation_id=to_organisation_id,
        to_place=to_place,
        role=held.role if held else role,
        state="requested",
        requested_on=requested_on,
        valid_until=valid_until(requested_on, house().letter_months),
        letter_number=next_number(work, LetterNumber, requested_on.year, digits=5),
        verify_code=secrets.token_urlsafe(18),
        note=" ".join(note.split())[:300],
        requested_by=work.actor.name[:120],
        version=1,
        created_at=work.now,
    )
    with refused_by(work.session, _PENDING):
        work.session.add(transfer)
    work.audit("transfer-requested", f"person/{person_id}", number=transfer.letter_number)
    work.record(transfer_requested, transfer.id, event_data(transfer))
    return transfer


def accept_transfer(
    work: UnitOfWork, transfer_id: UUID, accepted_on: date, *, version: int, centre: Centre
) -> Transfer:
    """On that day the old period ends and the new one starts: no gap, no overlap, in one transaction."""
    transfer = _pending(work, transfer_id, version)
    held = _held(work, transfer.person_id) if transfer.from_organisation_id else None
    since = held.start_on if held else None
    today = centre.today(work.now)
    reasons = acceptance_reasons(transfer.requested_on, transfer.valid_until, since, accepted_on, today)
    if transfer.from_organisation_id and (held is None or held.organisation_id != transfer.from_organisation_id):
        reasons.append(Reason("not-there-any-more", N_("The person does not belong to the old branch any more.")))
    if reasons:
        raise Refused.many(reasons)
    if transfer.from_organisation_id:
        _leave(work, transfer, accepted_on)
    if transfer.to_organisation_id:
        start_membership(
            work,
            person_id=transfer.person_id,
            organisation_id=transfer.to_organisation_id,
            role=transfer.role,
            start_on=accepted_on,
        )
        _take_file_along(work, transfer)
    transfer.state, transfer.accepted_on = "accepted", accepted_on
    transfer.version += 1
    work.session.flush()
    work.audit("transfer-accepted", f"person/{transfer.person_id}", number=transfer.letter_number)
    work.record(transfer_accepted, transfer.id, event_data(transfer))
    return transfer


def return_transfer(
    work: UnitOfWork, transfer_id: UUID, note: str, *, version: int, withdrawn: bool = False
) -> Transfer:
    """The new branch sends the letter back, or the old one withdraws it: the member stays where they are."""
    transfer = _pending(work, transfer_id, version)
    note = " ".join(note.split())
    if not 3 <= len(note) <= 300:
        raise Refused("reason-length", N_("Say why in 3 to 300 characters."), field="note", status=422)
    transfer.state, transfer.note = ("withdrawn" if withdrawn else "returned"), note
    transfer.version += 1
    work.session.flush()
    work.audit("transfer-returned", f"person/{transfer.person_id}", reason=note)
    work.record(transfer_returned, transfer.id, event_data(transfer))
    return transfer


def _request_reasons(
    work: UnitOfWork,
    held: Membership | None,
    from_place: str | None,
    to_organisation_id: UUID | None,
    to_place: str | None,
    role: str,
    requested_on: date,
    centre: Centre,
) -> list[Reason]:
    reasons = []
    if from_place is None and held is None:
        text = N_("The person belongs to no branch here. Say from where the member comes.")
        reasons.append(Reason("no-branch", text, "from_place"))
    if from_place is not None and role not in ROLES:
        reasons.append(Reason("role-unknown", N_("Choose one of the roles."), "role"))
    if (to_organisation_id is None) == (to_place is None):
        text = N_("Choose a branch here, or write where the member goes.")
        reasons.append(Reason("one-target", text, "to_organisation_id"))
    if from_place is not None and to_organisation_id is None:
        reasons.append(Reason("not-ours", N_("One of the two branches is here."), "to_organisation_id"))
    if to_organisation_id is not None:
        target: Organisation | None = work.session.get(Organisation, to_organisation_id)
        if target is None or target.kind != "party-branch" or not target.active:
            text = N_("A member moves to an active Party branch.")
            reasons.append(Reason("not-a-branch", text, "to_organisation_id"))
        elif held is not None and held.organisation_id == to_organisation_id:
            reasons.append(Reason("same-branch", N_("The person belongs there already."), "to_organisation_id"))
    if requested_on > centre.today(work.now):
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "requested_on"))
    return reasons


def _held(work: UnitOfWork, person_id: UUID) -> Membership | None:
    """The role that moves: in the branch that the person belongs to, locked."""
    query = (
        select(Membership)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.person_id == person_id,
            Membership.role.in_(ROLES),
            Membership.end_on.is_(None),
            Organisation.kind == "party-branch",
        )
        .order_by(Membership.start_on.desc())
        .limit(1)
        .with_for_update(of=Membership)
    )
    return work.session.scalars(query).first()


def _leave(work: UnitOfWork, transfer: Transfer, on: date) -> None:
    """End the role, and with it offices in the branch and places in its groups."""
    below = select(Organisation.id).where(Organisation.parent_id == transfer.from_organisation_id)
    query = select(Membership).where(
        Membership.person_id == transfer.person_id,
        Membership.end_on.is_(None),
        Membership.start_on < on,
        or_(Membership.organisation_id == transfer.from_organisation_id, Membership.organisation_id.in_(below)),
    )
    for one in work.session.scalars(query.order_by(Membership.id)).all():
        end_membership(work, one.id, on, version=one.version)


def _take_file_along(work: UnitOfWork, transfer: Transfer) -> None:
    """An open development file goes on in the new branch."""
    query = select(DevelopmentFile).where(
        DevelopmentFile.person_id == transfer.person_id, DevelopmentFile.state == "open"
    )
    for file in work.session.scalars(query.with_for_update()):
        assert transfer.to_organisation_id is not None
        file.organisation_id = transfer.to_organisation_id
        file.version += 1


def _pending(work: UnitOfWork, transfer_id: UUID, version: int) -> Transfer:
    work.actor.demand("officer", BODY)
    transfer: Transfer | None = work.lock(Transfer, transfer_id)
    if transfer is None:
        raise NotFound(NOUN)
    if transfer.state != "requested":
        raise Refused("not-pending", N_("This transfer is not pending any more."))
    if transfer.version != version:
        raise Stale(transfer.version)
    return transfer


_REASON = Reason("transfer-pending", N_("A transfer of this person is pending already."), "person")
_PENDING = {"uq_transfers_pending": _REASON, "transfers.person_id": _REASON}

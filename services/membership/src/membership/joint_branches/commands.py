"""Joining a branch that is shared, and leaving it. For officers of the Party office."""

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from membership.development.models import DevelopmentFile
from membership.elections.queries import role_counts
from membership.house import house
from membership.joint_branches.models import JoinedUnit
from membership.joint_branches.queries import NOUN, joined_by, units_of
from membership.joint_branches.rules import Side, joining_reasons
from membership.memberships.commands import end_membership, start_membership
from membership.memberships.models import Membership
from membership.organisations.kinds import kinds
from membership.organisations.models import Organisation
from membership.refusals import refused_by
from membership.settings import Centre
from membership.transfers.models import Transfer
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_

BODY = "party"
_MOVING = ("member", "probationary-member", "activist")


def join_branch(
    work: UnitOfWork, *, unit_id: UUID, branch_id: UUID, start_on: date, note: str = "", centre: Centre
) -> JoinedUnit:
    """A small branch or an enterprise shares a branch from a day on. Refused with every broken rule.

    Members, probationary members and activists of a small branch belong to the shared one from that day, without a gap,
    with their development files; offices in the small branch and places in its groups end. An enterprise has no
    members of its own in this sense: its people join one by one.
    """
    work.actor.demand("officer", BODY)
    found = {one: work.lock(Organisation, one) for one in sorted({unit_id, branch_id})}
    if None in found.values():
        raise NotFound("organisation")
    unit, branch = found[unit_id], found[branch_id]
    reasons = joining_reasons(
        _side(work, unit, start_on),
        _side(work, branch, start_on),
        kinds().by_code[branch.kind].joined_by if unit_id != branch_id else (),
        house().branch.least,
        start_on,
        centre.today(work.now),
    )
    pending = select(Transfer.id).where(Transfer.from_organisation_id == unit_id, Transfer.state == "requested")
    if work.session.scalar(pending.limit(1)) is not None:
        text = N_("Members of this branch are being transferred: accept or return their letters first.")
        reasons.append(Reason("transfers-pending", text, "unit_id"))
    if reasons:
        raise Refused.many(reasons)
    joined = JoinedUnit(
        id=new_id(),
        unit_id=unit_id,
        branch_id=branch_id,
        start_on=start_on,
        note=" ".join(note.split())[:300],
        recorded_by=work.actor.name[:120],
        version=1,
        created_at=work.now,
    )
    with refused_by(work.session, _OPEN):
        work.session.add(joined)
    if unit.body == BODY:
        _move(work, unit_id, branch_id, start_on)
    work.audit("joint-branch-joined", f"organisation/{unit_id}", branch=branch.code)
    work.session.refresh(joined)
    return joined


def leave_branch(work: UnitOfWork, joined_id: UUID, end_on: date, *, version: int, centre: Centre) -> JoinedUnit:
    """From that day on the unit does not share the branch any more. Who moves elsewhere is transferred one by one."""
    work.actor.demand("officer", BODY)
    joined: JoinedUnit | None = work.lock(JoinedUnit, joined_id)
    if joined is None:
        raise NotFound(NOUN)
    if joined.version != version:
        raise Stale(joined.version)
    if joined.end_on is not None:
        raise Refused("left-already", N_("This unit left the branch already."))
    if not joined.start_on < end_on <= centre.today(work.now):
        text = N_("The day lies after the beginning, and not ahead.")
        raise Refused("day-wrong", text, field="end_on", status=422)
    joined.end_on = end_on
    joined.version += 1
    work.session.flush()
    work.audit("joint-branch-left", f"organisation/{joined.unit_id}", branch=joined.branch.code)
    return joined


def _side(work: UnitOfWork, organisation: Organisation, day: date) -> Side:
    full = None
    if organisation.body == BODY:
        full = role_counts(work.session, day, ("member",)).get(organisation.id, 0)
    return Side(
        organisation.kind,
        organisation.active,
        full,
        joined_by(work.session, organisation.id) is not None,
        bool(units_of(work.session, organisation.id)),
    )


def _move(work: UnitOfWork, unit_id: UUID, branch_id: UUID, on: date) -> None:
    below = select(Organisation.id).where(Organisation.parent_id == unit_id)
    held = select(Membership).where(
        Membership.end_on.is_(None),
        or_(Membership.organisation_id == unit_id, Membership.organisation_id.in_(below)),
    )
    for one in work.session.scalars(held.order_by(Membership.id).with_for_update()).all():
        end_membership(work, one.id, on, version=one.version)
        if one.organisation_id == unit_id and one.role in _MOVING:
            start_membership(work, person_id=one.person_id, organisation_id=branch_id, role=one.role, start_on=on)
    files = select(DevelopmentFile).where(DevelopmentFile.organisation_id == unit_id, DevelopmentFile.state == "open")
    for file in work.session.scalars(files.order_by(DevelopmentFile.id).with_for_update()).all():
        file.organisation_id = branch_id
        file.version += 1
    work.session.flush()


_JOINED = Reason("joined-already", N_("This unit shares a branch already."), "unit_id")
_OPEN = {"uq_joined_units_open": _JOINED, "joined_units.unit_id": _JOINED}

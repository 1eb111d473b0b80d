"""Memberships follow the stages: activist, probationary member, full member of the branch, without a gap."""

from datetime import date

from sqlalchemy import select

from membership.development.models import DevelopmentFile
from membership.memberships.commands import end_membership, start_membership
from membership.memberships.models import Membership
from shared.database import UnitOfWork

_ROLES = {"activist": "activist", "target": "activist", "probationary": "probationary-member", "full": "member"}
_PASSING = ("activist", "probationary-member")


def follow_stage(work: UnitOfWork, file: DevelopmentFile, stage: str | None, day: date) -> None:
    """End the role of the stage before and start that of this one, on the day from which it counts.

    Probation runs from the meeting that admitted (article 31), full membership from its end (article 33).
    """
    role = _ROLES.get(stage or "")
    since = day
    if stage == "probationary":
        since = max(one.held_on for one in file.steps if one.step == "branch-meeting" and one.passed)
    elif stage == "full" and file.probation_ends_on is not None:
        since = file.probation_ends_on
    held = work.session.scalars(
        select(Membership)
        .where(
            Membership.person_id == file.person_id,
            Membership.organisation_id == file.organisation_id,
            Membership.role.in_((*_PASSING, "member")),
            Membership.end_on.is_(None),
        )
        .with_for_update()
    ).all()
    for one in held:
        if one.role in _PASSING and one.role != role and one.start_on < since:
            end_membership(work, one.id, since, version=one.version)
    if role is not None and role not in {one.role for one in held}:
        start_membership(
            work, person_id=file.person_id, organisation_id=file.organisation_id, role=role, start_on=since
        )

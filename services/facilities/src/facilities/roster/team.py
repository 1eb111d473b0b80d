"""The duty team: who can be put on duty, and what as."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from facilities.people.models import Person
from facilities.roster.models import TeamMember
from facilities.roster.roles import ROLES
from shared.database import UnitOfWork
from shared.refusal import NotFound, Refused, Stale
from shared.texts import N_


def set_member(
    work: UnitOfWork,
    person_id: UUID,
    *,
    roles: Sequence[str],
    account_id: UUID | None = None,
    active: bool = True,
    version: int | None = None,
) -> TeamMember:
    """Take somebody into the team, or change what they can do. Whoever leaves keeps the duties that were given to them.

    Refused for roles that there are not, and for an account that is tied to somebody else.
    """
    work.actor.demand("manager")
    if not roles or set(roles) - set(ROLES):
        raise Refused("roles-wrong", N_("Choose what the person can do on duty."), field="roles", status=422)
    if account_id is not None:
        other = work.session.scalar(
            select(TeamMember.person_id).where(TeamMember.account_id == account_id, TeamMember.person_id != person_id)
        )
        if other is not None:
            raise Refused("account-taken", N_("This account is tied to somebody else."), field="account")
    member = work.lock(TeamMember, person_id)
    if member is None:
        if work.session.get(Person, person_id) is None:
            raise NotFound("person")
        member = TeamMember(person_id=person_id, since=work.now, version=0)
        work.session.add(member)
    elif version is not None and version != member.version:
        raise Stale(member.version)
    member.roles, member.account_id, member.active = sorted(set(roles)), account_id, active
    member.version += 1
    work.session.flush()
    work.audit("team.changed", f"person/{person_id}", roles=member.roles, active=active)
    return member

"""Reading terms and elections, and what the size of a branch asks for. They are the Party office's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.elections.models import CommitteeTerm, Election
from membership.elections.rules import size_state, term_state
from membership.house import house
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.organisations.models import Organisation
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("term of office")
OFFICES = ("secretary", "chair", "deputy-secretary", "deputy-chair", "committee-member")
HEADS = ("secretary", "chair")
ORDER = ("overdue", "none", "soon", "postponed", "running")


@dataclass(frozen=True)
class Standing:
    """How an organisation stands: its running term, and for a branch what its size asks for."""

    organisation: Organisation
    term: CommitteeTerm | None
    state: str
    full_members: int
    committee: int
    size: str | None


def get_term(session: Session, term_id: UUID, reader: Principal | None = None) -> CommitteeTerm:
    """NotFound when there is none, or when the reader holds no role in the Party office."""
    found = session.get(CommitteeTerm, term_id)
    if found is None or (reader is not None and not reader.allows("viewer", "party")):
        raise NotFound(NOUN)
    return found


def get_election(session: Session, election_id: UUID) -> Election:
    """NotFound when there is none."""
    found = session.get(Election, election_id)
    if found is None:
        raise NotFound(N_("election"))
    return found


def running_term(session: Session, organisation_id: UUID) -> CommitteeTerm | None:
    query = select(CommitteeTerm).where(
        CommitteeTerm.organisation_id == organisation_id, CommitteeTerm.ended_on.is_(None)
    )
    return session.scalars(query).one_or_none()


def terms_of(session: Session, organisation_id: UUID) -> Sequence[CommitteeTerm]:
    """All terms of an organisation, the latest first."""
    query = select(CommitteeTerm).where(CommitteeTerm.organisation_id == organisation_id)
    return session.scalars(query.order_by(CommitteeTerm.started_on.desc())).all()


def elections_of(session: Session, organisation_id: UUID) -> Sequence[Election]:
    """All elections of an organisation, the latest first."""
    query = select(Election).where(Election.organisation_id == organisation_id)
    return session.scalars(query.order_by(Election.held_on.desc())).all()


def standings(session: Session, today: date, *, body: str = "party", only: UUID | None = None) -> Sequence[Standing]:
    """Every active organisation that has terms, those with the most urgent election first."""
    years = house().terms.years
    query = select(Organisation).where(
        Organisation.active, Organisation.body == body, Organisation.kind.in_(list(years))
    )
    if only is not None:
        query = query.where(Organisation.id == only)
    terms = {
        one.organisation_id: one
        for one in session.scalars(select(CommitteeTerm).where(CommitteeTerm.ended_on.is_(None)))
    }
    members = role_counts(session, today, ("member",))
    committees = role_counts(session, today, OFFICES)
    found = [
        _standing(one, terms.get(one.id), members.get(one.id, 0), committees.get(one.id, 0), today)
        for one in session.scalars(query)
    ]
    far = date.max
    return sorted(
        found, key=lambda one: (ORDER.index(one.state), one.term.last_day if one.term else far, one.organisation.code)
    )


def _standing(
    organisation: Organisation, term: CommitteeTerm | None, full: int, committee: int, today: date
) -> Standing:
    state = "none"
    if term is not None:
        state = term_state(term.due_on, term.postponed_to, today, house().terms.warning_months)
    size = size_state(full, committee, house().branch) if organisation.kind == "party-branch" else None
    return Standing(organisation, term, state, full, committee, size)


def role_counts(session: Session, day: date, roles: Sequence[str]) -> Mapping[UUID, int]:
    """How many people hold one of the roles on that day, by organisation."""
    query = (
        select(Membership.organisation_id, func.count(func.distinct(Membership.person_id)))
        .where(Membership.role.in_(roles), holds_on(day))
        .group_by(Membership.organisation_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def officers(session: Session, organisation_id: UUID, day: date) -> Sequence[Membership]:
    """Who holds an office on that day, the head first."""
    query = select(Membership).where(
        Membership.organisation_id == organisation_id, Membership.role.in_(OFFICES), holds_on(day)
    )
    return sorted(session.scalars(query), key=lambda one: (OFFICES.index(one.role), one.person.name))


def full_members(session: Session, organisation: Organisation, day: date) -> frozenset[UUID]:
    """Who has a vote and may be elected: full members of the branch, or of the body for what stands above branches."""
    query = select(Membership.person_id).where(Membership.role == "member", holds_on(day))
    if organisation.kind.endswith("-branch") and "general" not in organisation.kind:
        query = query.where(Membership.organisation_id == organisation.id)
    else:
        query = query.where(Membership.body == organisation.body)
    return frozenset(session.scalars(query))

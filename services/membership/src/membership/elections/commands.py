"""Entering terms, postponing elections, recording elections with those elected. For officers of the body."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from membership.elections.models import CommitteeTerm, Election, ElectionCandidate
from membership.elections.queries import HEADS, NOUN, OFFICES, full_members, running_term
from membership.elections.rules import (
    Candidate,
    Tally,
    candidate_reasons,
    committee_reasons,
    due_on,
    postponing_reasons,
    tally_reasons,
)
from membership.house import house
from membership.memberships.commands import end_membership, start_membership
from membership.memberships.models import Membership
from membership.organisations.kinds import kinds
from membership.organisations.models import Organisation
from membership.refusals import refused_by
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_


def enter_term(
    work: UnitOfWork, *, organisation_id: UUID, started_on: date, years: int | None = None, centre: Centre
) -> CommitteeTerm:
    """Note since when those in office hold it, without an election on file; ``years`` None: as the kind has it."""
    organisation = _organisation(work, organisation_id)
    reasons = _term_reasons(organisation, years)
    if started_on > centre.today(work.now):
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "started_on"))
    if reasons:
        raise Refused.many(reasons)
    with refused_by(work.session, _RUNNING):
        term = _begin(work, organisation, started_on, years, None)
    work.audit("term-entered", f"organisation/{organisation_id}", years=term.years)
    return term


def postpone_election(
    work: UnitOfWork, term_id: UUID, *, until: date, decided_on: date, note: str, version: int, centre: Centre
) -> CommitteeTerm:
    """The superior organisation allows the election to wait. Once a term."""
    term: CommitteeTerm | None = work.lock(CommitteeTerm, term_id)
    if term is None:
        raise NotFound(NOUN)
    work.actor.demand("officer", term.organisation.body)
    if term.version != version:
        raise Stale(term.version)
    if term.ended_on is not None:
        raise Refused("term-over", N_("This term is over."))
    if term.postponed_to is not None:
        text = N_("The election was postponed to %(day)s already.")
        raise Refused("postponed-already", text, field="until", day=term.postponed_to)
    note = " ".join(note.split())
    today = centre.today(work.now)
    reasons = postponing_reasons(term.due_on, until, decided_on, note, today, house().terms.postponement_months)
    if reasons:
        raise Refused.many(reasons)
    term.postponed_to, term.postponed_on, term.postponed_note = until, decided_on, note
    term.version += 1
    work.session.flush()
    work.audit("election-postponed", f"organisation/{term.organisation_id}")
    return term


def record_election(
    work: UnitOfWork,
    *,
    organisation_id: UUID,
    held_on: date,
    present: int,
    returned: int,
    candidates: Sequence[Candidate],
    due: int | None = None,
    years: int | None = None,
    tellers: str = "",
    centre: Centre,
) -> Election:
    """An election by secret ballot: on its day those in office leave it and those elected take it over.

    A branch's ``due`` are its full members of that day; above a branch the number of delegates is entered. Refused with
    every broken rule. Nothing says who voted how.
    """
    organisation = _organisation(work, organisation_id)
    eligible = full_members(work.session, organisation, held_on)
    is_branch = organisation.kind.endswith("-branch") and "general" not in organisation.kind
    tally = Tally(len(eligible) if is_branch else due or 0, present, returned)
    roles = [role for role in kinds().by_code[organisation.kind].roles if role in OFFICES]
    elected = [one for one in candidates if one.role is not None]
    term = running_term(work.session, organisation_id)
    reasons = _term_reasons(organisation, years) + _day_reasons(term, held_on, centre.today(work.now))
    shares = house().elections
    reasons += tally_reasons(tally, shares.quorum)
    reasons += candidate_reasons(tally, candidates, eligible, roles, shares.majority)
    reasons += committee_reasons(
        elected, HEADS, len(eligible) if organisation.kind == "party-branch" else None, house().branch
    )
    if reasons:
        raise Refused.many(reasons)
    election = Election(
        id=new_id(),
        organisation_id=organisation_id,
        held_on=held_on,
        due=tally.due,
        present=present,
        returned=returned,
        quorum_part=shares.quorum.part,
        quorum_whole=shares.quorum.whole,
        quorum_strict=shares.quorum.strict,
        tellers=" ".join(tellers.split())[:120],
        recorded_by=work.actor.name[:120],
        recorded_at=work.now,
    )
    with refused_by(work.session, _ONCE):
        work.session.add(election)
    work.session.add_all(
        ElectionCandidate(
            election_id=election.id,
            person_id=one.person_id,
            present=present,
            in_favour=one.in_favour,
            against=one.against,
            abstained=one.abstained,
            role=one.role,
            majority_part=shares.majority.part,
            majority_whole=shares.majority.whole,
            majority_strict=shares.majority.strict,
        )
        for one in candidates
    )
    if term is not None:
        term.ended_on = held_on
        term.version += 1
    work.session.flush()
    _change_offices(work, organisation_id, held_on, elected)
    _begin(work, organisation, held_on, years, election.id)
    work.session.refresh(election)
    work.audit("election-recorded", f"organisation/{organisation_id}", elected=len(elected))
    return election


def _begin(
    work: UnitOfWork, organisation: Organisation, started_on: date, years: int | None, election_id: UUID | None
) -> CommitteeTerm:
    years = years or house().terms.years[organisation.kind]
    term = CommitteeTerm(
        id=new_id(),
        organisation_id=organisation.id,
        election_id=election_id,
        started_on=started_on,
        years=years,
        due_on=due_on(started_on, years),
        postponed_note="",
        recorded_by=work.actor.name[:120],
        version=1,
        created_at=work.now,
    )
    work.session.add(term)
    work.session.flush()
    return term


def _change_offices(work: UnitOfWork, organisation_id: UUID, on: date, elected: Sequence[Candidate]) -> None:
    """Every office of before ends on that day, and every new one begins: no gap and no overlap."""
    query = select(Membership).where(
        Membership.organisation_id == organisation_id, Membership.role.in_(OFFICES), Membership.end_on.is_(None)
    )
    for one in work.session.scalars(query.order_by(Membership.id)).all():
        end_membership(work, one.id, on, version=one.version)
    for one in elected:
        assert one.role is not None
        start_membership(work, person_id=one.person_id, organisation_id=organisation_id, role=one.role, start_on=on)


def _term_reasons(organisation: Organisation, years: int | None) -> list[Reason]:
    reasons = []
    if organisation.kind not in house().terms.years or not organisation.active:
        text = N_("This organisation elects nobody, or is closed.")
        reasons.append(Reason("no-terms", text, "organisation_id"))
    allowed = house().terms.allowed_years
    if years is not None and years not in allowed:
        text = N_("A term has one of these numbers of years: %(allowed)s.")
        reasons.append(Reason("years-wrong", text, "years", {"allowed": ", ".join(map(str, allowed))}))
    return reasons


def _day_reasons(term: CommitteeTerm | None, held_on: date, today: date) -> list[Reason]:
    if held_on > today:
        return [Reason("day-ahead", N_("That day has not come yet."), "held_on")]
    if term is not None and held_on <= term.started_on:
        text = N_("The running term began on %(day)s; the next election comes later.")
        return [Reason("before-term", text, "held_on", {"day": term.started_on})]
    return []


def _organisation(work: UnitOfWork, organisation_id: UUID) -> Organisation:
    """Locked, so that of two elections entered at a time the second sees the first."""
    organisation: Organisation | None = work.lock(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("organisation")
    work.actor.demand("officer", organisation.body)
    return organisation


_RUNNING_TERM = Reason("term-running", N_("A term is running already; it ends with the next election."), "started_on")
_RUNNING = {"uq_committee_terms_running": _RUNNING_TERM, "committee_terms.organisation_id": _RUNNING_TERM}
_ENTERED = Reason("election-entered", N_("The election of that day is on file already."), "held_on")
_ONCE = {
    "uq_elections_organisation_id": _ENTERED,
    "elections.organisation_id, elections.held_on": _ENTERED,
}

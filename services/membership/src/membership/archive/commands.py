"""Entering papers, lending them, taking them back, and disposing of them by two people. The Party office's alone."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from membership.archive.models import ArchiveLoan, ArchiveNumber, ArchivePaper
from membership.archive.queries import NOUN
from membership.archive.rules import PaperData, disposal_reasons, keep_until, lending_reasons, paper_reasons
from membership.numbering import next_number
from membership.organisations.models import Organisation
from membership.people.former import living
from membership.refusals import refused_by
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_

BODY = "party"


def enter_paper(work: UnitOfWork, data: PaperData, *, centre: Centre) -> ArchivePaper:
    """A paper or a bundle came into the archive room; it gets the next number of the year."""
    work.actor.demand("officer", BODY)
    organisation: Organisation | None = work.session.get(Organisation, data.organisation_id)
    if organisation is None:
        raise NotFound("organisation")
    data = replace(data, title=" ".join(data.title.split()), place=" ".join(data.place.split()))
    today = centre.today(work.now)
    reasons = paper_reasons(data, today)
    if organisation.body != BODY:
        text = N_("The archive room keeps papers of Party organisations.")
        reasons.append(Reason("not-party", text, "organisation_id"))
    if reasons:
        raise Refused.many(reasons)
    paper = ArchivePaper(
        id=new_id(),
        number=next_number(work, ArchiveNumber, today.year, digits=5),
        organisation_id=data.organisation_id,
        title=data.title,
        dated_on=data.dated_on,
        place=data.place,
        retention=data.retention,
        keep_until=keep_until(data.dated_on, data.retention),
        state="kept",
        recorded_by=work.actor.name[:120],
        version=1,
        created_at=work.now,
        loans=[],
    )
    work.session.add(paper)
    work.session.flush()
    work.audit("paper-entered", f"paper/{paper.id}", number=paper.number)
    return paper


def lend_paper(
    work: UnitOfWork,
    paper_id: UUID,
    person_id: UUID,
    *,
    lent_on: date,
    due_on: date,
    purpose: str = "",
    version: int,
    centre: Centre,
) -> ArchivePaper:
    """Somebody takes the paper along. Of two who want it at a time one is refused."""
    paper = _kept(work, paper_id, version)
    living(work, person_id)
    reasons = lending_reasons(lent_on, due_on, centre.today(work.now))
    if reasons:
        raise Refused.many(reasons)
    with refused_by(work.session, _LENT):
        work.session.add(
            ArchiveLoan(
                id=new_id(),
                paper_id=paper_id,
                person_id=person_id,
                purpose=" ".join(purpose.split())[:200],
                lent_on=lent_on,
                due_on=due_on,
                lent_by=work.actor.name[:120],
            )
        )
    _changed(work, paper, "paper-lent")
    return paper


def take_back(work: UnitOfWork, paper_id: UUID, returned_on: date, *, version: int, centre: Centre) -> ArchivePaper:
    """The paper is back in its place."""
    paper = _kept(work, paper_id, version)
    loan = paper.loan
    if loan is None:
        raise Refused("not-lent", N_("This paper is not lent."))
    if not loan.lent_on <= returned_on <= centre.today(work.now):
        text = N_("The day lies between the lending and today.")
        raise Refused("day-wrong", text, field="returned_on", status=422)
    loan.returned_on = returned_on
    _changed(work, paper, "paper-returned")
    return paper


def propose_disposal(work: UnitOfWork, paper_id: UUID, *, version: int, centre: Centre) -> ArchivePaper:
    """Its retention has ended: one person proposes, a second one consents."""
    paper = _kept(work, paper_id, version)
    today = centre.today(work.now)
    reasons = disposal_reasons(paper.keep_until, paper.loan is not None, today)
    if reasons:
        raise Refused.many(reasons)
    paper.state, paper.proposed_on = "proposed", today
    paper.proposed_by_id, paper.proposed_by = work.actor.id, work.actor.name[:120]
    _changed(work, paper, "disposal-proposed")
    return paper


def decide_disposal(work: UnitOfWork, paper_id: UUID, *, consent: bool, version: int, centre: Centre) -> ArchivePaper:
    """A second person consents, or sends the paper back to its place (which the proposer may do, too)."""
    paper = _paper(work, paper_id, version)
    if paper.state != "proposed":
        raise Refused("not-proposed", N_("Nobody proposed to dispose of this paper."))
    if consent and paper.proposed_by_id == work.actor.id:
        raise Refused("second-person", N_("Another person than the one who proposed it consents."))
    if consent:
        paper.state, paper.disposed_on = "disposed", centre.today(work.now)
        paper.disposed_by_id, paper.disposed_by = work.actor.id, work.actor.name[:120]
    else:
        paper.state, paper.proposed_by_id, paper.proposed_by, paper.proposed_on = "kept", None, None, None
    _changed(work, paper, "paper-disposed" if consent else "disposal-refused")
    return paper


def _changed(work: UnitOfWork, paper: ArchivePaper, action: str) -> None:
    paper.version += 1
    work.session.flush()
    work.session.refresh(paper)
    work.audit(action, f"paper/{paper.id}", number=paper.number)


def _paper(work: UnitOfWork, paper_id: UUID, version: int) -> ArchivePaper:
    work.actor.demand("officer", BODY)
    paper: ArchivePaper | None = work.lock(ArchivePaper, paper_id)
    if paper is None:
        raise NotFound(NOUN)
    if paper.version != version:
        raise Stale(paper.version)
    return paper


def _kept(work: UnitOfWork, paper_id: UUID, version: int) -> ArchivePaper:
    paper = _paper(work, paper_id, version)
    if paper.state != "kept":
        raise Refused("not-kept", N_("This paper is about to be disposed of, or is gone."))
    return paper


_LENT_ALREADY = Reason("lent-already", N_("This paper is lent already."))
_LENT = {"uq_archive_loans_open": _LENT_ALREADY, "archive_loans.paper_id": _LENT_ALREADY}

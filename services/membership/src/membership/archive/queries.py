"""Reading the register of the archive room. It is the Party office's own: for anybody else there is none."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from membership.archive.models import ArchiveLoan, ArchivePaper
from membership.searching import contains
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("paper")


def get_paper(session: Session, paper_id: UUID, reader: Principal | None = None) -> ArchivePaper:
    """NotFound when there is none, or when the reader holds no role in the Party office."""
    found = session.get(ArchivePaper, paper_id)
    if found is None or (reader is not None and not reader.allows("viewer", "party")):
        raise NotFound(NOUN)
    return found


def selection(
    today: date, *, text: str | None = None, organisation_id: UUID | None = None, state: str | None = None
) -> Select[Any]:
    """Papers by words, branch and state (as :func:`state_of` gives it)."""
    query = select(ArchivePaper)
    if text and text.strip():
        columns = (ArchivePaper.title, ArchivePaper.number, ArchivePaper.place)
        query = query.where(or_(*(contains(column, text) for column in columns)))
    if organisation_id is not None:
        query = query.where(ArchivePaper.organisation_id == organisation_id)
    lent = select(ArchiveLoan.paper_id).where(ArchiveLoan.returned_on.is_(None))
    if state == "lent":
        query = query.where(ArchivePaper.id.in_(lent))
    elif state == "overdue":
        query = query.where(ArchivePaper.id.in_(lent.where(ArchiveLoan.due_on < today)))
    elif state == "ended":
        query = query.where(ArchivePaper.state == "kept", ArchivePaper.keep_until < today)
    elif state in ("proposed", "disposed"):
        query = query.where(ArchivePaper.state == state)
    elif state == "kept":
        query = query.where(ArchivePaper.state == "kept", ArchivePaper.id.not_in(lent))
    return query


def state_of(paper: ArchivePaper, today: date) -> str:
    """``kept``, ``lent``, ``overdue``, ``ended`` (its retention), ``proposed`` or ``disposed``."""
    if paper.state != "kept":
        return paper.state
    if paper.loan is not None:
        return "overdue" if paper.loan.due_on < today else "lent"
    return "ended" if paper.keep_until is not None and paper.keep_until < today else "kept"


def overdue_loans(session: Session, today: date, limit: int | None = 20) -> Sequence[ArchiveLoan]:
    """Papers that should be back, the longest overdue first."""
    query = select(ArchiveLoan).where(ArchiveLoan.returned_on.is_(None), ArchiveLoan.due_on < today)
    return session.scalars(query.order_by(ArchiveLoan.due_on, ArchiveLoan.id).limit(limit)).all()


def proposed_disposals(session: Session, limit: int | None = 20) -> Sequence[ArchivePaper]:
    """Papers that wait for a second person's consent."""
    query = select(ArchivePaper).where(ArchivePaper.state == "proposed")
    return session.scalars(query.order_by(ArchivePaper.proposed_on, ArchivePaper.id).limit(limit)).all()


def counts_of(session: Session, organisation_id: UUID, today: date) -> Mapping[str, int]:
    """How many papers of a branch there are, how many of them are lent, and of how many the retention has ended."""
    papers = select(func.count(ArchivePaper.id)).where(
        ArchivePaper.organisation_id == organisation_id, ArchivePaper.state != "disposed"
    )
    lent = (
        select(func.count(ArchiveLoan.id))
        .join(ArchivePaper, ArchivePaper.id == ArchiveLoan.paper_id)
        .where(ArchivePaper.organisation_id == organisation_id, ArchiveLoan.returned_on.is_(None))
    )
    return {
        "papers": session.scalar(papers) or 0,
        "lent": session.scalar(lent) or 0,
        "ended": session.scalar(papers.where(ArchivePaper.keep_until < today)) or 0,
    }

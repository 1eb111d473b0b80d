"""Reading funds and their ledger, always through the wall."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shared.principal import Principal
from welfare import wall
from welfare.funds.models import Fund, FundEntry


def list_funds(principal: Principal) -> Select[tuple[Fund]]:
    return wall.visible(select(Fund), principal)


def all_funds(session: Session, principal: Principal) -> Sequence[Fund]:
    """The funds that a principal may know of, by code."""
    return session.scalars(list_funds(principal).order_by(Fund.code)).all()


def find_fund(session: Session, fund_id: UUID, principal: Principal) -> Fund:
    return wall.find(session, Fund, fund_id, principal)


def body_of_fund(session: Session, fund_id: UUID, principal: Principal) -> str | None:
    """Whose a fund is; None where there is none that the principal may know of."""
    return session.scalar(wall.visible(select(Fund.body).where(Fund.id == fund_id), principal))


def ledger(principal: Principal, fund_id: UUID) -> Select[tuple[FundEntry]]:
    """The lines of a fund's ledger that belong to bodies of the principal."""
    return wall.visible(select(FundEntry).where(FundEntry.fund_id == fund_id), principal)


def entries_of(session: Session, application_id: UUID, principal: Principal) -> Sequence[FundEntry]:
    """The lines of one case, oldest first."""
    query = wall.visible(select(FundEntry).where(FundEntry.application_id == application_id), principal)
    return session.scalars(query.order_by(FundEntry.id)).all()


def paid_by_body(session: Session, principal: Principal, first: date, last: date) -> Mapping[str, Decimal]:
    """Payments less reversals from the first to the last day, from the ledger, by body."""
    query = wall.visible(select(FundEntry.body, func.sum(FundEntry.amount)).group_by(FundEntry.body), principal)
    query = query.where(FundEntry.kind.in_(("payment", "reversal")), FundEntry.day >= first, FundEntry.day <= last)
    return {row[0]: row[1] for row in session.execute(query)}

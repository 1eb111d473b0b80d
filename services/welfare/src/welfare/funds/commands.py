"""Moving money. Each movement is one conditional UPDATE of the fund and one line of its ledger, in one transaction.

The condition stands in the UPDATE itself, so that many who ask at once wait for one another at the fund's row and
each sees what the one before left over.
"""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, literal, select, update
from sqlalchemy.exc import IntegrityError

from shared.database import Fen, UnitOfWork
from shared.identifiers import new_id
from shared.refusal import Refused
from shared.texts import N_
from welfare import wall
from welfare.funds.models import Fund, FundEntry

ZERO = Decimal("0.00")


def create_fund(
    work: UnitOfWork, *, code: str, name_zh: str, name_en: str, body: str, budget: Decimal, day: date
) -> Fund:
    """A new fund of a body, or of all of them (``*``). Only an administrator of that body."""
    work.actor.demand("admin", body)
    fund = Fund(
        id=new_id(),
        code=code,
        name_zh=name_zh,
        name_en=name_en,
        body=body,
        budget=budget,
        reserved=ZERO,
        spent=ZERO,
        created_at=work.now,
        version=1,
    )
    work.session.add(fund)
    try:
        work.session.flush()
    except IntegrityError as error:
        raise Refused("fund-code-taken", N_("There is a fund with this code."), field="code", status=409) from error
    if budget:
        _enter(work, fund, "budget", budget, day, body)
    work.audit("fund-created", f"funds/{fund.id}", budget=str(budget))
    return fund


def add_budget(work: UnitOfWork, fund_id: UUID, *, amount: Decimal, day: date) -> Fund:
    """More money for a fund."""
    fund = wall.lock(work, Fund, fund_id, "admin")
    fund.budget += amount
    fund.version += 1
    _enter(work, fund, "budget", amount, day, fund.body)
    work.audit("fund-budget-added", f"funds/{fund.id}", amount=str(amount))
    return fund


def reserve(work: UnitOfWork, fund: Fund, amount: Decimal, *, application_id: UUID, body: str, day: date) -> None:
    """Promise money to a case. Refused with ``fund-exhausted`` when there is not enough left."""
    fen = literal(amount, Fen)
    if not _move(work, fund, Fund.budget >= Fund.reserved + Fund.spent + fen, reserved=Fund.reserved + fen):
        work.session.refresh(fund)
        raise Refused(
            "fund-exhausted",
            N_("The fund has %(available)s yuan left; this needs %(amount)s."),
            field="amount",
            available=fund.available,
            amount=amount,
        )
    _enter(work, fund, "reservation", amount, day, body, application_id)


def release(work: UnitOfWork, fund: Fund, amount: Decimal, *, application_id: UUID, body: str, day: date) -> None:
    """Give a promise back."""
    fen = literal(amount, Fen)
    _must_move(work, fund, Fund.reserved >= fen, reserved=Fund.reserved - fen)
    _enter(work, fund, "release", -amount, day, body, application_id)


def spend(work: UnitOfWork, fund: Fund, amount: Decimal, *, application_id: UUID, body: str, day: date) -> None:
    """Pay out what was promised."""
    fen = literal(amount, Fen)
    _must_move(work, fund, Fund.reserved >= fen, reserved=Fund.reserved - fen, spent=Fund.spent + fen)
    _enter(work, fund, "payment", amount, day, body, application_id)


def take_back(
    work: UnitOfWork, fund: Fund, amount: Decimal, *, application_id: UUID, body: str, day: date, reason: str
) -> None:
    """Reverse a payment by a negative line; the payment's own line stays."""
    fen = literal(amount, Fen)
    _must_move(work, fund, Fund.spent >= fen, spent=Fund.spent - fen)
    _enter(work, fund, "reversal", -amount, day, body, application_id, reason)


def fund_of(work: UnitOfWork, fund_id: UUID) -> Fund:
    """The fund of a case that the actor may see: funds of the case's body or of all bodies."""
    statement = wall.visible(select(Fund).where(Fund.id == fund_id), work.actor)
    return work.session.scalars(statement).one()


def _move(work: UnitOfWork, fund: Fund, condition: ColumnElement[bool], **changes: Any) -> bool:
    statement = (
        update(Fund)
        .where(Fund.id == fund.id, condition)
        .values(version=Fund.version + 1, **changes)
        .execution_options(synchronize_session=False)
    )
    work.session.flush()
    moved = work.session.execute(statement).rowcount == 1  # type: ignore[attr-defined]
    work.session.expire(fund)
    return moved


def _must_move(work: UnitOfWork, fund: Fund, condition: ColumnElement[bool], **changes: Any) -> None:
    """For movements that an earlier promise covers: a fund that lacks the money then is a mistake of ours."""
    if not _move(work, fund, condition, **changes):
        raise Refused("fund-exhausted", N_("The fund does not hold what was promised."), fund_id=str(fund.id))


def _enter(
    work: UnitOfWork,
    fund: Fund,
    kind: str,
    amount: Decimal,
    day: date,
    body: str,
    application_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    work.session.add(
        FundEntry(
            id=new_id(),
            fund_id=fund.id,
            kind=kind,
            amount=amount,
            body=body,
            application_id=application_id,
            reason=reason,
            day=day,
            by_name=work.actor.name[:120],
            recorded_at=work.now,
        )
    )

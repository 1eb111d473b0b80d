"""The wall between the four bodies. Every read of a case goes through here, and through nothing else.

Who holds no role in a case's body does not learn that there is such a case: not by its address, a list, a count,
a search, a filter or a report. So the rule stands at the query, once, for all of them. A statement that passed
carries the execution option ``walled``; the tests refuse any other statement that touches a case.
"""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import util as sql_util

from shared.database import UnitOfWork
from shared.principal import ALL_BODIES, Principal
from shared.refusal import NotFound

Statement = TypeVar("Statement", bound=Select[Any])
Case = TypeVar("Case")
PASSED = "walled"


def visible(statement: Statement, principal: Principal, role: str = "viewer") -> Statement:
    """The same statement, narrowed to the bodies in which the principal holds the role.

    What belongs to the centre as a whole (a fund of all bodies) is visible to whoever holds the role in any of
    them. TypeError when the statement reads no case table at all: then it has no business here.
    """
    tables = case_tables(statement)
    if not tables:
        raise TypeError("this statement reads no case")
    bodies = list(principal.bodies(role))
    shown = [*bodies, ALL_BODIES] if bodies else []
    for table in tables:
        statement = statement.where(table.c.body.in_(shown))
    return statement.execution_options(**{PASSED: True})


def case_tables(statement: Any) -> list[Table]:
    """The walled tables that a SELECT reads at its top level, joins included."""
    found: list[Table] = []
    for source in statement.get_final_froms():
        for table in sql_util.find_tables(source, include_joins=True, include_aliases=False):
            if isinstance(table, Table) and table.info.get("walled") and table not in found:
                found.append(table)
    return found


def find(session: Session, model: type[Case], case_id: UUID, principal: Principal) -> Case:
    """The case with this id. NotFound when there is none, or none that this principal may know of."""
    row = session.scalars(visible(_by_id(model, case_id), principal)).unique().one_or_none()
    if row is None:
        raise NotFound(noun_of(model))
    return row


def lock(work: UnitOfWork, model: type[Case], case_id: UUID, role: str = "officer") -> Case:
    """The case, locked to the end of the transaction, for somebody who may change it.

    NotFound outside of its body; Forbidden for who may see the case without holding the role.
    """
    row: Any = lock_if_any(work, model, case_id)
    if row is None:
        raise NotFound(noun_of(model))
    work.actor.demand(role, row.body)
    return row  # type: ignore[no-any-return]


def lock_if_any(work: UnitOfWork, model: type[Case], case_id: UUID) -> Case | None:
    """The case, locked; None when there is none that the actor may know of."""
    statement = visible(_by_id(model, case_id), work.actor).with_for_update()
    return work.session.scalars(statement.execution_options(populate_existing=True)).unique().one_or_none()


def noun_of(model: type[Any]) -> str:
    """The word for one such case, a message id."""
    return str(model.noun)


def _by_id(model: type[Case], case_id: UUID) -> Select[tuple[Case]]:
    return select(model).where(model.id == case_id)  # type: ignore[attr-defined]

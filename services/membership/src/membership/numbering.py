"""Numbers of a year without a gap, for what is printed and filed."""

from typing import Any

from shared.database import UnitOfWork, dialect_of, insert_on


def next_number(work: UnitOfWork, counter: type[Any], year: int, digits: int) -> str:
    """``2026-0007``: the row of the year in ``counter`` (columns ``year`` and ``last``) is locked until the commit."""
    first = insert_on(dialect_of(work.session))(counter).values(year=year, last=1)
    counted = first.on_conflict_do_update(index_elements=["year"], set_={"last": counter.last + 1})
    return f"{year}-{work.session.scalar(counted.returning(counter.last)):0{digits}d}"

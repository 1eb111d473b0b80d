"""Reading and locking what is taken. Every command that changes occupancy goes through :func:`lock`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from facilities.occupancy.models import Occupancy
from facilities.occupancy.rules import Taken, Window
from facilities.resources.models import Resource
from shared.database import violated
from shared.refusal import Refused
from shared.texts import N_


def lock(session: Session, resource_ids: Iterable[UUID]) -> dict[UUID, Resource]:
    """These resources, locked in the order of their ids until the transaction ends.

    The common order is what keeps commands that take several resources from waiting for each other in a ring.
    """
    rows = session.scalars(
        select(Resource)
        .where(Resource.id.in_(set(resource_ids)))
        .order_by(Resource.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {resource.id: resource for resource in rows}


def lock_rows(session: Session, *conditions: object) -> list[Occupancy]:
    """The occupancy rows that meet the conditions, read afresh; their resources must be locked already."""
    statement = (
        select(Occupancy)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(Occupancy.id)
        .with_for_update(of=Occupancy)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(statement))


def taken_between(
    session: Session, resource_ids: Iterable[UUID], start: datetime, end: datetime, *, without: Iterable[UUID] = ()
) -> dict[UUID, list[Taken]]:
    """What is blocked on each of these resources during [start, end), leaving out the rows ``without``."""
    ids = set(resource_ids)
    rows = session.execute(
        select(
            Occupancy.resource_id,
            Occupancy.blocked_from,
            Occupancy.blocked_until,
            Occupancy.quantity,
            Occupancy.kind,
        ).where(
            Occupancy.resource_id.in_(ids),
            Occupancy.live,
            Occupancy.blocked_until > start,
            Occupancy.blocked_from < end,
            Occupancy.id.not_in(set(without)),
        )
    )
    found: dict[UUID, list[Taken]] = {one: [] for one in ids}
    for row in rows:
        blocked = Window(row.blocked_from, row.blocked_until)
        found[row.resource_id].append(Taken(blocked, row.quantity, row.kind == "closure"))
    return found


def write(session: Session, rows: Sequence[Occupancy] = ()) -> None:
    """Send changes to the database now. What its constraints refuse comes back as a refusal, not as an error.

    Reached only by a writer that did not lock first; rules have given all reasons before in every other case.
    """
    session.add_all(rows)
    try:
        session.flush()
    except IntegrityError as error:
        name = violated(error)
        if name == "ex_occupancies_blocked":
            raise Refused("slot-taken", N_("The place was taken just now."), field="starts_at") from error
        if name == "ck_occupancies_peak":
            raise Refused(
                "not-enough-units", N_("The last free units were taken just now."), field="quantity"
            ) from error
        if name == "ck_resources_promised":
            raise Refused("promised", N_("More units are promised already."), field="quantity") from error
        raise

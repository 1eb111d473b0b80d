"""The rows of one person become another's. What the database refuses is said with the table that it concerns."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from membership.add_requests.models import AddRequest
from membership.development.models import DevelopmentFile, DevelopmentHelper
from membership.dues.models import DuesAssessment, DuesBase
from membership.duplicates.models import DistinctPair
from membership.duplicates.plan import Overlap, person_columns
from membership.households.models import Guardianship, HouseholdMember
from membership.published import membership_merged
from membership.transfers.models import Transfer
from shared.database import UnitOfWork
from shared.former_people import PersonRules
from shared.refusal import Refused
from shared.staff.models import Account
from shared.texts import N_

_VERSIONED = (Transfer, DevelopmentFile)
"""Whoever has one of these open must look again: it is another person's now."""


def move_rows(work: UnitOfWork, old: UUID, into: UUID) -> None:
    """Everything that names the old id names the other one. Memberships that overlap and two homes are settled."""
    _drop_doubles(work, old, into)
    for model in _VERSIONED:
        _write(work, update(model).where(model.person_id == old).values(version=model.version + 1))
    for table, column in person_columns():
        if table.name != DistinctPair.__tablename__:
            _repoint(work, table, column, old, into)
    _pairs(work, old, into)
    _write(work, update(Account).where(Account.person_id == old).values(person_id=into))


def settle_overlaps(work: UnitOfWork, overlaps: Sequence[Overlap], decisions: Mapping[UUID, str], into: UUID) -> None:
    """Of two periods of one role at one time the one that was chosen stays; the other is there no more."""
    gone: dict[UUID, UUID] = {}
    for overlap in overlaps:
        keep_old = decisions[overlap.old.id] == "old"
        lost, kept = (overlap.into, overlap.old) if keep_old else (overlap.old, overlap.into)
        gone.setdefault(lost.id, kept.id)
    for lost_id, kept_id in sorted(gone.items()):
        work.record(membership_merged, lost_id, {"membership_id": lost_id, "into_id": kept_id, "person_id": into})
    for overlap in overlaps:
        for one in (overlap.old, overlap.into):
            if one.id in gone and one in work.session:
                work.session.delete(one)
    work.session.flush()


def settle_homes(work: UnitOfWork, old: UUID, into: UUID, keep: str) -> None:
    """Of two households the chosen one keeps the person."""
    leaves = into if keep == "old" else old
    _write(work, delete(HouseholdMember).where(HouseholdMember.person_id == leaves))


def _drop_doubles(work: UnitOfWork, old: UUID, into: UUID) -> None:
    """Where the other one has the same already, the old one's is one too many."""
    here = select(HouseholdMember.household_id).where(HouseholdMember.person_id == into)
    _write(
        work, delete(HouseholdMember).where(HouseholdMember.person_id == old, HouseholdMember.household_id.in_(here))
    )
    for mine, theirs in (("child_id", "guardian_id"), ("guardian_id", "child_id")):
        _drop_same(work, Guardianship.__table__, mine, [theirs], old, into)
    _drop_same(work, DevelopmentHelper.__table__, "person_id", ["file_id", "part"], old, into)
    _drop_same(work, DuesBase.__table__, "person_id", ["from_month"], old, into)
    twin = aliased(DuesAssessment)
    same_month = exists().where(twin.month == DuesAssessment.month, twin.person_id == into)
    _write(
        work,
        delete(DuesAssessment).where(DuesAssessment.person_id == old, DuesAssessment.paid == Decimal(0), same_month),
    )
    paid = exists().where(twin.month == DuesAssessment.month, twin.person_id == old)
    _write(
        work, delete(DuesAssessment).where(DuesAssessment.person_id == into, DuesAssessment.paid == Decimal(0), paid)
    )
    other = aliased(AddRequest)
    live = ("requested", "accepted")
    asked = exists().where(
        other.person_id == into, other.body == AddRequest.body, other.owner == AddRequest.owner, other.state.in_(live)
    )
    _write(
        work,
        update(AddRequest)
        .where(AddRequest.person_id == old, AddRequest.state.in_(live), asked)
        .values(state="withdrawn", decided_at=work.now),
    )


def _drop_same(work: UnitOfWork, table: Any, column: str, others: Sequence[str], old: UUID, into: UUID) -> None:
    twin = table.alias()
    same = and_(twin.c[column] == into, *(twin.c[name] == table.c[name] for name in others))
    _write(work, delete(table).where(table.c[column] == old, exists().where(same)))


def _repoint(work: UnitOfWork, table: Table, column: str, old: UUID, into: UUID) -> None:
    try:
        with work.session.begin_nested():
            _write(work, update(table).where(table.c[column] == old).values({column: into}))
    except IntegrityError as error:
        text = N_("Both stand in %(table)s where one person can stand once. Put that right first.")
        raise Refused("stands-twice", text, table=table.name) from error


def _pairs(work: UnitOfWork, old: UUID, into: UUID) -> None:
    """Who is not the old one is not the other one either."""
    mine = or_(DistinctPair.first_id == old, DistinctPair.second_id == old)
    for pair in work.session.scalars(select(DistinctPair).where(mine)).all():
        third = pair.second_id if pair.first_id == old else pair.first_id
        first, second = sorted((third, into))
        work.session.delete(pair)
        work.session.flush()
        if third != into and work.session.get(DistinctPair, (first, second)) is None:
            work.session.add(
                DistinctPair(
                    first_id=first,
                    second_id=second,
                    reason=pair.reason,
                    decided_by=pair.decided_by,
                    decided_at=pair.decided_at,
                )
            )
    work.session.flush()


def _write(work: UnitOfWork, statement: Any) -> None:
    work.session.execute(statement, execution_options={"synchronize_session": False})


def _late_rows(work: UnitOfWork, old: UUID, into: UUID) -> Mapping[str, int]:
    """What another service said of the old id, and what came in after the merge."""
    for table, column in person_columns():
        if not any(key.parent.name == column for key in table.foreign_keys):
            _repoint(work, table, column, old, into)
    return {}


def _nothing(work: UnitOfWork, person_id: UUID) -> Mapping[str, int]:
    return {}


LATE = PersonRules(_late_rows, _nothing, _nothing)

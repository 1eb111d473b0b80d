"""What a merge would do, and what stands against it or has to be decided, before anything is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from membership.ballots.models import BallotRoll
from membership.base import Base
from membership.development.models import DevelopmentFile, DevelopmentHelper
from membership.dues.models import DuesAssessment, DuesWaiver
from membership.duplicates.models import DistinctPair
from membership.erasures.models import Erasure
from membership.floating.models import FloatingStay
from membership.households.models import Guardianship, Household
from membership.households.queries import household_of
from membership.memberships.models import Membership
from membership.people.models import Person
from membership.transfers.models import Transfer
from shared.refusal import Reason
from shared.texts import N_

FIELDS = ("name", "phone", "email", "birth_on", "language")
"""What is taken from the old record only where somebody says so, or where the other one has nothing."""


_OWN_WAYS = ("person_tokens", "person_merges", "erasures")
"""The index is made anew; merges and erasures are of the ids that they are of."""


@dataclass(frozen=True)
class Difference:
    """The two records say different things of one field; ``empty``: the one that stays says nothing."""

    field: str
    old: Any
    into: Any

    @property
    def empty(self) -> bool:
        return self.into is None


@dataclass(frozen=True)
class Overlap:
    """Both hold one role in one organisation at the same time: one of the two periods is kept."""

    old: Membership
    into: Membership


@dataclass(frozen=True)
class MergePlan:
    """``blockers`` have to be put right first; ``overlaps`` and two ``homes`` have to be decided."""

    old: Person
    into: Person
    differences: Sequence[Difference]
    overlaps: Sequence[Overlap]
    homes: Sequence[Household]
    counts: Mapping[str, int]
    blockers: Sequence[Reason]


def plan(session: Session, old: Person, into: Person) -> MergePlan:
    differences = [
        Difference(name, getattr(old, name), getattr(into, name))
        for name in FIELDS
        if getattr(old, name) is not None and getattr(old, name) != getattr(into, name)
    ]
    homes = [home for home in (household_of(session, old.id), household_of(session, into.id)) if home is not None]
    return MergePlan(
        old=old,
        into=into,
        differences=[one for one in differences if one.field != "language"],
        overlaps=_overlaps(session, old.id, into.id),
        homes=homes if len({home.id for home in homes}) == 2 else (),
        counts=counts(session, old.id),
        blockers=_blockers(session, old, into),
    )


def person_columns() -> list[tuple[Table, str]]:
    """Every column of this service that names a person: by a key, or, in what other services told, by its name."""
    found = []
    for table in Base.metadata.sorted_tables:
        if table.name in _OWN_WAYS:
            continue
        keys = {key.parent.name for key in table.foreign_keys if key.column.table.name == "people"}
        found += [(table, name) for name in sorted(keys | ({"person_id"} & set(table.columns.keys())))]
    return found


def counts(session: Session, person_id: UUID) -> dict[str, int]:
    """How many rows of which table name the person; those that have none are left out."""
    found: dict[str, int] = {}
    for table, column in person_columns():
        rows = session.scalar(select(func.count()).select_from(table).where(table.c[column] == person_id)) or 0
        if rows:
            found[table.name] = found.get(table.name, 0) + rows
    return found


def _overlaps(session: Session, old: UUID, into: UUID) -> list[Overlap]:
    one, other = aliased(Membership), aliased(Membership)
    query = (
        select(one, other)
        .where(
            one.person_id == old,
            other.person_id == into,
            one.organisation_id == other.organisation_id,
            one.role == other.role,
            or_(other.end_on.is_(None), one.start_on < other.end_on),
            or_(one.end_on.is_(None), other.start_on < one.end_on),
        )
        .order_by(one.start_on, one.id, other.start_on)
    )
    return [Overlap(*row) for row in session.execute(query)]


def _blockers(session: Session, old: Person, into: Person) -> list[Reason]:
    reasons = []
    if old.id_number_index is not None and into.id_number_index is not None:
        text = N_("They have two different ID numbers: they are two people, or one number is wrong.")
        reasons.append(Reason("different-id-numbers", text))
    first, second = sorted((old.id, into.id))
    if session.get(DistinctPair, (first, second)) is not None:
        text = N_("It was decided that they are not the same person. Take that decision back first.")
        reasons.append(Reason("decided-distinct", text))
    for condition, code, text in _standing_against(old.id, into.id):
        if session.scalar(select(condition)):
            reasons.append(Reason(code, text))
    return reasons


def _standing_against(old: UUID, into: UUID) -> list[tuple[Any, str, str]]:
    def both(model: Any, *conditions: Any) -> Any:
        mine = select(model).where(model.person_id == old, *conditions).exists()
        return and_(mine, select(model).where(model.person_id == into, *conditions).exists())

    month, other_month = aliased(DuesAssessment), aliased(DuesAssessment)
    waiver, other_waiver = aliased(DuesWaiver), aliased(DuesWaiver)
    roll, other_roll = aliased(BallotRoll), aliased(BallotRoll)
    pair = (old, into)
    return [
        (
            exists().where(Erasure.person_id.in_(pair), Erasure.state == "requested"),
            "erasure-requested",
            N_("One of them is to be erased. Decide about that first."),
        ),
        (
            both(DevelopmentFile, DevelopmentFile.state == "open"),
            "two-open-files",
            N_("Both have an open development file. Close one of them first."),
        ),
        (
            both(Transfer, Transfer.state == "requested"),
            "two-transfers",
            N_("For both a transfer is pending. Accept or return one of them first."),
        ),
        (
            both(FloatingStay, FloatingStay.ended_on.is_(None)),
            "two-stays",
            N_("Both are registered as floating members. End one of the two stays first."),
        ),
        (
            exists().where(
                or_(
                    and_(Guardianship.child_id == old, Guardianship.guardian_id == into),
                    and_(Guardianship.child_id == into, Guardianship.guardian_id == old),
                )
            ),
            "own-guardian",
            N_("One of them is the guardian of the other: they are two people."),
        ),
        (
            exists()
            .where(DevelopmentFile.id == DevelopmentHelper.file_id)
            .where(
                or_(
                    and_(DevelopmentFile.person_id == old, DevelopmentHelper.person_id == into),
                    and_(DevelopmentFile.person_id == into, DevelopmentHelper.person_id == old),
                )
            ),
            "own-helper",
            N_("One of them vouches for the other in a development file: they are two people."),
        ),
        (
            exists().where(roll.person_id == old, other_roll.person_id == into, roll.ballot_id == other_roll.ballot_id),
            "same-ballot",
            N_("Both were counted in one ballot: they are two people, or that ballot was counted wrongly."),
        ),
        (
            exists().where(
                month.person_id == old,
                other_month.person_id == into,
                month.month == other_month.month,
                month.paid > Decimal(0),
                other_month.paid > Decimal(0),
            ),
            "dues-paid-twice",
            N_("For one month dues were paid for both. Reverse one of the payments on its page of dues, then merge."),
        ),
        (
            exists().where(
                waiver.person_id == old,
                other_waiver.person_id == into,
                waiver.first_month <= other_waiver.last_month,
                other_waiver.first_month <= waiver.last_month,
            ),
            "waivers-overlap",
            N_("Dues were waived for both in the same months. Merge when the shorter waiver has run out."),
        ),
    ]

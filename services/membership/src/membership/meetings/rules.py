"""What a branch held and what is missing: sittings laid against what is owed in each month, quarter and year. Pure.

A sitting counts for a branch, its committee or one of its groups when enough of those who belonged to it on that day
were there. Somebody of another branch who was there makes no difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from membership.house import PARTS, BranchSizes, Duty, Study
from membership.shares import Share

MEMBERS = ("member",)
COMMITTEE = ("secretary", "deputy-secretary", "committee-member")
GROUP = ("member", "probationary-member", "leader")


@dataclass(frozen=True)
class Holding:
    """Somebody holds a role in the branch or in one of its groups, from a day to the day before another."""

    person_id: UUID
    organisation_id: UUID
    role: str
    start_on: date
    end_on: date | None


@dataclass(frozen=True)
class Sitting:
    """A session that people of the branch attended. ``duty``: what it is by its kind or by what staff noted."""

    session_id: UUID
    day: date
    duty: str | None
    present: frozenset[UUID]


@dataclass(frozen=True)
class Cell:
    """One period of a duty: the months it spans, its state, and the sitting that counts (or came nearest)."""

    first_month: int
    span: int
    state: str
    sitting: Sitting | None = None
    present: int = 0
    due: int = 0


@dataclass(frozen=True)
class Row:
    """One duty of the branch, or of one of its groups, over the year."""

    duty: Duty
    organisation_id: UUID
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Attended:
    """Minutes that somebody was at something, from a moment on."""

    person_id: UUID
    kind: str
    starts_at: datetime
    minutes: int


def people_on(holdings: Iterable[Holding], organisation_id: UUID, roles: Sequence[str], day: date) -> frozenset[UUID]:
    """Who holds one of the roles there on that day."""
    return frozenset(
        one.person_id
        for one in holdings
        if one.organisation_id == organisation_id
        and one.role in roles
        and one.start_on <= day
        and (one.end_on is None or one.end_on > day)
    )


def duty_of(kind: str, duties: Sequence[Duty]) -> str | None:
    """Which duty an activity of that kind is; None when it is none."""
    return next((duty.code for duty in duties if kind in duty.kinds), None)


def grid(
    year: int,
    today: date,
    branch_id: UUID,
    group_ids: Sequence[UUID],
    holdings: Sequence[Holding],
    sittings: Sequence[Sitting],
    duties: Sequence[Duty],
    sizes: BranchSizes,
    enough: Share,
) -> list[Row]:
    """The year of a branch: a row for each duty, and for each of its groups where groups meet."""
    rows = []
    for duty in duties:
        for organisation_id in group_ids if duty.who == "groups" else (branch_id,):
            roles = {"members": MEMBERS, "committee": COMMITTEE, "groups": GROUP}[duty.who]
            span = 12 // PARTS[duty.every]
            cells = [
                _cell(year, first, span, today, duty, organisation_id, roles, holdings, sittings, sizes, enough)
                for first in range(1, 13, span)
            ]
            rows.append(Row(duty, organisation_id, cells))
    return rows


def _cell(
    year: int,
    first: int,
    span: int,
    today: date,
    duty: Duty,
    organisation_id: UUID,
    roles: Sequence[str],
    holdings: Sequence[Holding],
    sittings: Sequence[Sitting],
    sizes: BranchSizes,
    enough: Share,
) -> Cell:
    begins = date(year, first, 1)
    after = date(year + 1, 1, 1) if first + span > 12 else date(year, first + span, 1)
    best = Cell(first, span, "")
    for one in sittings:
        if one.duty != duty.code or not begins <= one.day < after:
            continue
        due = people_on(holdings, organisation_id, roles, one.day)
        there = due & one.present
        if not there:
            continue
        led = not duty.by_secretary or bool(people_on(holdings, organisation_id, COMMITTEE[:1], one.day) & one.present)
        if enough.reached(len(there), len(due)) and led:
            return Cell(first, span, "held", one, len(there), len(due))
        if len(there) > best.present:
            best = Cell(first, span, "", one, len(there), len(due))
    if begins > today:
        state = "ahead"
    elif not _owed(duty, organisation_id, roles, holdings, min(after - timedelta(days=1), today), sizes):
        state = "none"
    elif after > today:
        state = "open"
    else:
        state = "missing" if best.sitting is None else "thin"
    return Cell(first, span, state, best.sitting, best.present, best.due)


def _owed(
    duty: Duty,
    organisation_id: UUID,
    roles: Sequence[str],
    holdings: Sequence[Holding],
    day: date,
    sizes: BranchSizes,
) -> bool:
    """Whether there was somebody to hold it: a small branch has no committee, and owes none."""
    there = len(people_on(holdings, organisation_id, roles, day))
    if duty.who != "committee":
        return there > 0
    members = len(people_on(holdings, organisation_id, MEMBERS, day))
    return there >= sizes.committee_least or members >= sizes.committee_from


def completeness(rows: Iterable[Row]) -> tuple[int, int]:
    """How many of the periods that are over or held were held, and how many there are of them."""
    counted = [cell.state for row in rows for cell in row.cells if cell.state in ("held", "thin", "missing")]
    return counted.count("held"), len(counted)


def study_minutes(attended: Iterable[Attended], study: Study) -> Mapping[UUID, int]:
    """Minutes of study by person. What overlaps counts once."""
    found: dict[UUID, int] = {}
    until: dict[UUID, datetime] = {}
    for one in sorted(attended, key=lambda one: one.starts_at):
        if one.kind not in study.kinds:
            continue
        ends_at = one.starts_at + timedelta(minutes=one.minutes)
        begins = max(one.starts_at, until.get(one.person_id, one.starts_at))
        if ends_at > begins:
            found[one.person_id] = found.get(one.person_id, 0) + int((ends_at - begins).total_seconds() // 60)
            until[one.person_id] = ends_at
    return found

"""Rules of registrations: who may register when, who gets a place, who moves up, and why somebody waits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.refusal import Reason, Refused
from shared.texts import N_

LARGEST_GROUP = 12


@dataclass(frozen=True)
class Window:
    """When one may register for a session. Without a closing time it closes as the session begins."""

    state: str
    opens_at: datetime | None
    closes_at: datetime | None
    starts_at: datetime

    @property
    def end(self) -> datetime:
        return min(self.closes_at, self.starts_at) if self.closes_at else self.starts_at


@dataclass(frozen=True)
class WaitingGroup:
    """People who wait together: a family, or one person. ``number`` is where they stand in the queue."""

    id: UUID
    number: int
    size: int


@dataclass(frozen=True)
class Wait:
    """Why a group waits: ``code`` is taken, together, behind-family or next."""

    code: str
    size: int
    free: int

    @property
    def text(self) -> str:
        return WHY[self.code]


WHY = {
    "taken": N_("All places are taken."),
    "together": N_("They get their places together: %(size)s needed, %(free)s free."),
    "behind-family": N_("A family further up waits for places together, and nobody passes it."),
    "next": N_("Moves up with the next place that becomes free."),
}


def check_open(window: Window, now: datetime) -> list[Reason]:
    """Why one cannot register for the session now."""
    if window.state != "published":
        return [Reason("activity-not-published", N_("One registers for published activities only."))]
    if window.opens_at and now < window.opens_at:
        text = N_("Registration opens at %(opens_at)s.")
        return [Reason("registration-not-open", text, facts={"opens_at": window.opens_at})]
    if now >= window.end:
        text = N_("Registration closed at %(closed_at)s.")
        return [Reason("registration-closed", text, facts={"closed_at": window.end})]
    return []


def check_people(
    person_ids: Sequence[UUID], known: Collection[UUID], registered: Collection[UUID], capacity: int
) -> list[Reason]:
    """What stands in the way of registering these people together. Ids only: names are nobody's business here."""
    reasons = []
    if not person_ids:
        reasons.append(Reason("person-missing", N_("Choose at least one person."), "person_ids"))
    if len(set(person_ids)) < len(person_ids):
        reasons.append(Reason("person-twice", N_("A person was named twice."), "person_ids"))
    for person_id in dict.fromkeys(person_ids):
        who = {"person_id": str(person_id)}
        if person_id not in known:
            text = N_("One of the people is not known here. Register them in membership first.")
            reasons.append(Reason("person-unknown", text, "person_ids", who))
        elif person_id in registered:
            text = N_("One of the people is registered for this session already.")
            reasons.append(Reason("already-registered", text, "person_ids", who))
    if len(person_ids) > min(capacity, LARGEST_GROUP):
        text = N_("%(size)s people cannot get their places together here; at most %(most)s can.")
        facts = {"size": len(person_ids), "most": min(capacity, LARGEST_GROUP)}
        reasons.append(Reason("group-too-large", text, "person_ids", facts))
    return reasons


def gets_a_place(size: int, capacity: int, confirmed: int, waiting: int, families_may_be_passed: bool = False) -> bool:
    """All of a group or none, and newcomers never pass the waiting list.

    Where the activity says that smaller groups may pass a family that does not fit, places that are still free are
    free for everybody who fits: all who wait and fit have moved up before.
    """
    return (waiting == 0 or families_may_be_passed) and confirmed + size <= capacity


def who_moves_up(queue: Sequence[WaitingGroup], free: int, families_may_be_passed: bool) -> list[WaitingGroup]:
    """The groups that get places now, in the order of the queue.

    A group whose people do not all fit holds the queue up, unless the activity's rule lets smaller ones pass it.
    """
    moving = []
    for group in sorted(queue, key=lambda group: group.number):
        if group.size <= free:
            moving.append(group)
            free -= group.size
        elif not families_may_be_passed:
            break
        if free <= 0:
            break
    return moving


def why_they_wait(queue: Sequence[WaitingGroup], free: int, families_may_be_passed: bool) -> dict[UUID, Wait]:
    """For each waiting group, what it waits for."""
    reasons: dict[UUID, Wait] = {}
    behind_family = False
    for place, group in enumerate(sorted(queue, key=lambda group: group.number)):
        if behind_family and free > 0 and not families_may_be_passed:
            code = "behind-family"
        elif group.size > free > 0:
            code, behind_family = "together", True
        elif free <= 0:
            code = "next" if place == 0 and group.size == 1 else "taken"
        else:
            code = "next"
        reasons[group.id] = Wait(code, group.size, max(free, 0))
    return reasons


def check_cancellable(state: str, session_started: bool) -> None:
    """A place is given back before the session begins, once."""
    if state == "cancelled":
        raise Refused("already-cancelled", N_("This registration is cancelled already."))
    if session_started:
        raise Refused("session-started", N_("The session has begun. Note who is absent instead."))

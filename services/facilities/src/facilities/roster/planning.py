"""Planning, changing and cancelling one shift."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from facilities import published_roster as published
from facilities.occupancy.rules import Window
from facilities.resources.models import Resource
from facilities.roster.events import duty_data, record_released, record_shift, when, words
from facilities.roster.ledger import candidates, lock_people, lock_shift, write
from facilities.roster.models import DutySwap, Shift, ShiftNeed
from facilities.roster.roles import ROLES, role_of
from facilities.roster.rules import Limits, Stint, broken_shift_rules, broken_time_rules
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_


@dataclass(frozen=True)
class ShiftPlan:
    """A shift as somebody plans it. ``needs`` says how many people by role; the place is a room or free words.

    A title or a place in one language stands for both. ``id`` is set by loaders that must come to the same result
    twice.
    """

    starts_at: datetime
    ends_at: datetime
    needs: Mapping[str, int]
    title_zh: str = ""
    title_en: str = ""
    resource_id: UUID | None = None
    place_zh: str = ""
    place_en: str = ""
    body: str = "party"
    series_id: UUID | None = None
    id: UUID | None = None

    @property
    def window(self) -> Window:
        return Window(self.starts_at, self.ends_at)

    @property
    def title(self) -> str:
        return self.title_zh or self.title_en

    def broken(self, now: datetime) -> list[Reason]:
        """What is wrong with it, whoever is to do it."""
        reasons = broken_shift_rules(self.window, now, title=self.title, needs=self.needs, roles=ROLES)
        if self.resource_id is not None and (self.place_zh or self.place_en):
            reasons.append(Reason("two-places", N_("Choose a room or write a place, not both."), "place_zh"))
        return reasons


def plan_shift(work: UnitOfWork, plan: ShiftPlan) -> Shift:
    """Plan a shift that people can be put into. Refused names every broken rule."""
    work.actor.demand("officer", plan.body)
    reasons = plan.broken(work.now)
    if reasons:
        raise Refused.many(reasons)
    shift = store_shift(work, plan)
    work.audit("shift.planned", f"shift/{shift.id}")
    return shift


def store_shift(work: UnitOfWork, plan: ShiftPlan) -> Shift:
    """Store a plan that keeps the rules, and say that it is open."""
    shift = Shift(
        id=plan.id or new_id(),
        state="planned",
        body=plan.body,
        series_id=plan.series_id,
        made_by=work.actor.key,
        made_at=work.now,
        version=1,
        duties=[],
        needs=[ShiftNeed(role=role, people=people) for role, people in sorted(plan.needs.items()) if people],
    )
    _stand(work, shift, plan)
    work.session.add(shift)
    write(work.session)
    record_shift(work, published.shift_opened, shift)
    return shift


def change_shift(
    work: UnitOfWork, shift_id: UUID, plan: ShiftPlan, *, limits: Limits, version: int | None = None
) -> Shift:
    """Give a shift another time, place, title or need. Who is on duty stays and is told where time or place changed.

    Refused names every rule that the new time breaks for anybody who is on duty.
    """
    shift = lock_shift(work.session, shift_id)
    _check_own(work, shift, version)
    if plan.body != shift.body:
        work.actor.demand("officer", plan.body)
    people = [duty.person_id for duty in shift.on_duty]
    members = lock_people(work.session, people)
    reasons = [*plan.broken(work.now), *_broken_needs(shift, plan.needs)]
    if not any(reason.code == "ends-before-start" for reason in reasons):
        stint = Stint(shift.id, plan.window)
        for person in candidates(work.session, members, people, plan.window, limits).values():
            reasons += broken_time_rules(stint, person, limits)
    if reasons:
        raise Refused.many(reasons, status=409 if any(one.field == "person" for one in reasons) else 422)
    was, was_place = shift.window, shift.place
    _stand(work, shift, plan)
    _set_needs(work, shift, plan.needs)
    shift.body, shift.version = plan.body, shift.version + 1
    moved = plan.window != was
    if moved:
        shift.warned_at = None
    write(work.session)
    work.session.expire(shift, ["duties", "needs"])
    record_shift(work, published.shift_changed, shift)
    if moved or str(shift.place) != str(was_place):
        before = {"was": when(was), "was_place": None if was_place is None else words(was_place)}
        for duty in shift.on_duty:
            work.record(published.duty_moved, duty.id, {**duty_data(duty), **before})
    work.audit("shift.changed", f"shift/{shift.id}")
    return shift


def cancel_shift(work: UnitOfWork, shift_id: UUID, *, reason: str | None = None, version: int | None = None) -> Shift:
    """Cancel a shift that has not ended, and release everybody who was on duty in it."""
    shift = lock_shift(work.session, shift_id)
    _check_own(work, shift, version)
    released = shift.on_duty
    for duty in released:
        duty.release("cancelled", work.now)
    withdraw_swaps(work, [duty.id for duty in released])
    write(work.session)
    shift.state, shift.reason, shift.ended_at, shift.version = "cancelled", reason, work.now, shift.version + 1
    write(work.session)
    record_shift(work, published.shift_cancelled, shift, reason=reason)
    for duty in released:
        record_released(work, duty)
    work.audit("shift.cancelled", f"shift/{shift.id}")
    return shift


def withdraw_swaps(work: UnitOfWork, duty_ids: list[UUID]) -> None:
    """Swaps of duties that ended wait for nobody any more."""
    work.session.execute(
        update(DutySwap)
        .where(DutySwap.state == "asked", DutySwap.duty_id.in_(duty_ids) | DutySwap.for_duty_id.in_(duty_ids))
        .values(state="withdrawn", ended_at=work.now),
        execution_options={"synchronize_session": False},
    )


def check_running(work: UnitOfWork, shift: Shift) -> None:
    """Refused for a shift that was cancelled or has ended."""
    if shift.state != "planned":
        raise Refused("shift-cancelled", N_("The shift was cancelled."))
    if shift.ends_at <= work.now:
        raise Refused("shift-over", N_("The shift is over."))


def _check_own(work: UnitOfWork, shift: Shift, version: int | None) -> None:
    work.actor.demand("officer", shift.body)
    if version is not None and version != shift.version:
        raise Stale(shift.version)
    check_running(work, shift)


def _stand(work: UnitOfWork, shift: Shift, plan: ShiftPlan) -> None:
    """Take title, place and time from the plan."""
    resource = None
    if plan.resource_id is not None:
        resource = work.session.get(Resource, plan.resource_id)
        if resource is None:
            raise NotFound("resource")
    shift.title_zh, shift.title_en = plan.title_zh or plan.title_en, plan.title_en or plan.title_zh
    shift.place_zh, shift.place_en = plan.place_zh or plan.place_en or None, plan.place_en or plan.place_zh or None
    shift.resource, shift.resource_id = resource, plan.resource_id
    shift.starts_at, shift.ends_at = plan.window.starts_at, plan.window.ends_at


def _set_needs(work: UnitOfWork, shift: Shift, needs: Mapping[str, int]) -> None:
    """What is not needed any more stays with 0, for who did it once."""
    known = {need.role: need for need in shift.needs}
    for role, need in known.items():
        need.people = needs.get(role, 0)
    for role, people in needs.items():
        if role not in known and people:
            work.session.add(ShiftNeed(shift_id=shift.id, role=role, people=people))


def _broken_needs(shift: Shift, needs: Mapping[str, int]) -> list[Reason]:
    """A role that would need fewer people than are on duty in it."""
    reasons = []
    for role in shift.wanted:
        there = sum(duty.role == role for duty in shift.on_duty)
        if there > needs.get(role, 0):
            text = N_("%(count)s people are on duty for %(what)s; release somebody first.")
            facts = {"count": there, "what": role_of(role).name}
            reasons.append(Reason("more-on-duty", text, "needs", facts))
    return reasons

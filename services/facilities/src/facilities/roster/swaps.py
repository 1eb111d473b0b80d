"""Swaps: one person asks, the other one agrees. Both consents are kept, and the database wants both."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from facilities import published_roster as published
from facilities.occupancy.rules import Window
from facilities.roster.duties import Seat, broken_rules, check_live, find_duty, person_of, put_on_duty
from facilities.roster.events import record_assigned, record_released, record_shift
from facilities.roster.ledger import candidates, lock_people, lock_shifts, write
from facilities.roster.models import Duty, DutySwap, Shift
from facilities.roster.planning import check_running, withdraw_swaps
from facilities.roster.rules import Candidate, Limits
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import Forbidden, NotFound, Reason, Refused
from shared.texts import N_


def ask_swap(
    work: UnitOfWork, duty_id: UUID, to_person_id: UUID, *, for_duty_id: UUID | None = None, limits: Limits
) -> DutySwap:
    """Ask somebody to take a duty over, perhaps in exchange for one of theirs. Whoever asks agrees by asking.

    The person on duty asks, or an officer who has their word. Refused names every rule that the swap would break.
    """
    duty = find_duty(work.session, duty_id)
    given = find_duty(work.session, for_duty_id) if for_duty_id is not None else None
    shifts = _lock(work, duty, given)
    _check_part(work, duty.person_id, shifts[duty.shift_id])
    _check(work, duty, given, to_person_id, shifts, limits)
    if work.session.scalar(select(DutySwap.id).where(DutySwap.duty_id == duty.id, DutySwap.state == "asked")):
        raise Refused("swap-asked", N_("Somebody was asked already; that must be answered or taken back first."))
    swap = DutySwap(
        id=new_id(),
        duty_id=duty.id,
        to_person_id=to_person_id,
        for_duty_id=for_duty_id,
        state="asked",
        asked_by=work.actor.key,
        giver_agreed_at=work.now,
        duty=duty,
        for_duty=given,
    )
    work.session.add(swap)
    write(work.session)
    work.audit("swap.asked", f"shift/{duty.shift_id}", swap=str(swap.id))
    return swap


def accept_swap(work: UnitOfWork, swap_id: UUID, *, limits: Limits) -> DutySwap:
    """The other person agrees (or an officer who has their word): everything is checked again and carried out."""
    swap = find_swap(work.session, swap_id)
    duty, given = swap.duty, swap.for_duty
    shifts = _lock(work, duty, given)
    work.session.refresh(swap)
    _check_asked(swap)
    _check_part(work, swap.to_person_id, shifts[duty.shift_id])
    _check(work, duty, given, swap.to_person_id, shifts, limits)
    swap.state, swap.taker_agreed_at, swap.ended_at = "done", work.now, work.now
    _carry_out(work, duty, given, swap.to_person_id)
    work.audit("swap.done", f"shift/{duty.shift_id}", swap=str(swap.id))
    return swap


def end_swap(work: UnitOfWork, swap_id: UUID) -> DutySwap:
    """Decline it as the one who was asked, take it back as the one who asked. Everything stays as it is."""
    swap = find_swap(work.session, swap_id)
    shift = lock_shifts(work.session, [swap.duty.shift_id])[swap.duty.shift_id]
    work.session.refresh(swap)
    _check_asked(swap)
    own = swap.duty.person_id == person_of(work.session, work.actor)
    if not own:
        _check_part(work, swap.to_person_id, shift)
    swap.state, swap.ended_at = "withdrawn" if own else "declined", work.now
    work.audit(f"swap.{swap.state}", f"shift/{swap.duty.shift_id}", swap=str(swap.id))
    return swap


def find_swap(session: Session, swap_id: UUID) -> DutySwap:
    swap = session.get(DutySwap, swap_id)
    if swap is None:
        raise NotFound("swap")
    return swap


def _lock(work: UnitOfWork, duty: Duty, given: Duty | None) -> dict[UUID, Shift]:
    return lock_shifts(work.session, [one.shift_id for one in (duty, given) if one is not None])


def _check_part(work: UnitOfWork, person_id: UUID, shift: Shift) -> None:
    """Only the person speaks for themselves, or an officer who has their word."""
    if person_id != person_of(work.session, work.actor) and not work.actor.allows("officer", shift.body):
        raise Forbidden("officer", shift.body)


def _check_asked(swap: DutySwap) -> None:
    if swap.state != "asked":
        raise Refused("swap-answered", N_("This was answered or taken back already."))


def _check(
    work: UnitOfWork, duty: Duty, given: Duty | None, taker: UUID, shifts: dict[UUID, Shift], limits: Limits
) -> None:
    """Both duties as they would be afterwards keep the rules for both people."""
    giver = duty.person_id
    for one in (duty, given):
        if one is not None:
            check_running(work, shifts[one.shift_id])
            check_live(one)
    if taker == giver:
        raise Refused("same-person", N_("Choose another person."), field="person", status=422)
    if given is not None and given.person_id != taker:
        raise Refused("not-theirs", N_("That duty is not the other person's."), field="for_duty", status=422)
    members = lock_people(work.session, [giver, taker])
    span = [shifts[one.shift_id].window for one in (duty, given) if one is not None]
    window = Window(min(one.starts_at for one in span), max(one.ends_at for one in span))
    people = candidates(work.session, members, [giver, taker], window, limits)
    reasons = _broken(duty, people[taker], without=given, limits=limits)
    if given is not None:
        reasons += _broken(given, people[giver], without=duty, limits=limits)
    if reasons:
        raise Refused.many(reasons, status=409)


def _broken(taken: Duty, person: Candidate, *, without: Duty | None, limits: Limits) -> list[Reason]:
    """What speaks against the person in this duty's place, without the one that they give for it."""
    left = tuple(one for one in person.stints if without is None or one.shift_id != without.shift_id)
    reasons = broken_rules(taken.shift, taken.role, replace(person, stints=left), limits)
    return [one for one in reasons if one.code != "role-full"]  # the other one leaves


def _carry_out(work: UnitOfWork, duty: Duty, given: Duty | None, taker: UUID) -> None:
    giver = duty.person_id
    ended = [duty] if given is None else [duty, given]
    for one in ended:
        one.release("swapped", work.now)
    write(work.session)
    seats = [(duty.shift, Seat(duty.shift_id, duty.role, taker))]
    if given is not None:
        seats.append((given.shift, Seat(given.shift_id, given.role, giver)))
    made = put_on_duty(work, seats)
    withdraw_swaps(work, [one.id for one in ended])
    for old, new in zip(ended, made, strict=True):
        record_released(work, old)
        record_assigned(work, new)
        record_shift(work, published.shift_swapped, new.shift, left=old.person_id, took=new.person_id)

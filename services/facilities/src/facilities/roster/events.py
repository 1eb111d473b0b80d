"""What events say about shifts and duties, and which of them follow from people coming and going."""

from typing import Any

from facilities import published_roster as published
from facilities.naming import BilingualName
from facilities.occupancy.rules import Window
from facilities.roster.models import Duty, Shift
from facilities.roster.roles import role_of
from facilities.roster.rules import Limits
from shared.database import UnitOfWork
from shared.events.declaration import EventType


def words(name: BilingualName) -> dict[str, str]:
    return {"zh": str.__str__(name), "en": name.en}


def when(window: Window) -> dict[str, Any]:
    return {"from": window.starts_at, "to": window.ends_at}


def _common(shift: Shift) -> dict[str, Any]:
    return {
        "shift_id": shift.id,
        "title": words(shift.title),
        "place": None if shift.place is None else words(shift.place),
        "when": when(shift.window),
        "body": shift.body,
    }


def shift_data(shift: Shift) -> dict[str, Any]:
    """The data of every shift event."""
    needs = [{"role": role, "people": people} for role, people in shift.wanted.items()]
    return {**_common(shift), "needs": needs, "missing": shift.missing}


def duty_data(duty: Duty) -> dict[str, Any]:
    """The data of every duty event."""
    role_name = words(role_of(duty.role).name)
    data = {"duty_id": duty.id, "person_id": duty.person_id, "role": duty.role, "role_name": role_name}
    return {**data, **_common(duty.shift)}


def record_shift(work: UnitOfWork, event: EventType, shift: Shift, **more: Any) -> None:
    work.record(event, shift.id, {**shift_data(shift), **more})


def record_assigned(work: UnitOfWork, duty: Duty) -> None:
    work.record(published.duty_assigned, duty.id, duty_data(duty))


def record_released(work: UnitOfWork, duty: Duty) -> None:
    work.record(published.duty_released, duty.id, {**duty_data(duty), "reason": duty.reason})


def record_staffing(work: UnitOfWork, shift: Shift, lacked: int, limits: Limits | None) -> None:
    """Say what it means for the shift that people came or went: full, looking for somebody again, or short soon.

    Without limits the timer says whether it is short soon.
    """
    missing = shift.missing
    if missing < lacked and missing == 0:
        record_shift(work, published.shift_filled, shift)
    if missing > lacked:
        if limits is not None and shift.starts_at - work.now <= limits.soon:
            warn(work, shift)
            return
        shift.warned_at = None
        if lacked == 0:
            record_shift(work, published.shift_opened, shift)


def warn(work: UnitOfWork, shift: Shift) -> None:
    """Say that the shift begins soon and lacks people. What is over is nobody's alarm."""
    if shift.ends_at > work.now:
        shift.warned_at = work.now
        record_shift(work, published.shift_understaffed, shift)

"""What a resource must look like."""

import re
from collections.abc import Sequence

from facilities.occupancy.rules import weekly_hours
from shared.refusal import Reason
from shared.texts import N_

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def broken_resource_rules(
    *,
    code: str,
    kind: str,
    name_zh: str,
    name_en: str,
    capacity: int | None,
    quantity: int,
    minutes_before: int,
    minutes_after: int,
    opening: Sequence[Sequence[str] | None] | None,
) -> list[Reason]:
    """Every rule that the description of a resource breaks."""
    reasons = []
    if len(code) > 60 or not _CODE.fullmatch(code):
        reasons.append(Reason("code-malformed", N_("A code has small letters, digits and single hyphens."), "code"))
    if not name_zh.strip() or not name_en.strip():
        field = "name_en" if name_zh.strip() else "name_zh"
        reasons.append(Reason("name-missing", N_("A resource has a Chinese and an English name."), field))
    if quantity < 1:
        reasons.append(Reason("quantity-wrong", N_("There must be at least one."), "quantity"))
    if kind == "room" and quantity != 1:
        reasons.append(Reason("one-room", N_("A room is there once."), "quantity"))
    if kind != "room" and capacity is not None:
        reasons.append(Reason("capacity-of-rooms", N_("Only rooms take people."), "capacity"))
    if capacity is not None and capacity < 1:
        reasons.append(Reason("capacity-wrong", N_("A room takes at least one person."), "capacity"))
    for field, minutes in (("minutes_before", minutes_before), ("minutes_after", minutes_after)):
        if not 0 <= minutes <= 240:
            reasons.append(Reason("turnaround-wrong", N_("Turnaround takes from 0 to 240 minutes."), field))
    try:
        weekly_hours(opening)
    except (ValueError, TypeError, IndexError):
        reasons.append(
            Reason("opening-malformed", N_("Each of the seven days is closed or opens before it closes."), "opening")
        )
    return reasons

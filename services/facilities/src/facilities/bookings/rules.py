"""What a booking must fulfil besides finding its place free."""

from collections.abc import Sequence

from facilities.naming import BilingualName
from facilities.occupancy.rules import Item
from shared.refusal import Reason
from shared.texts import N_


def broken_booking_rules(items: Sequence[Item], *, title: str | None, people: int | None) -> list[Reason]:
    """Rules of the booking itself: something is booked, each thing once, it has a title, and people fit in."""
    reasons = []
    if not items:
        reasons.append(Reason("nothing-to-book", N_("Choose a room or some equipment."), "resource"))
    codes = [item.place.code for item in items]
    if len(set(codes)) < len(codes):
        reasons.append(Reason("booked-twice", N_("Each room or pool can be named once."), "resource"))
    if not title and not any(item.place.confidential for item in items):
        reasons.append(Reason("title-missing", N_("Say what it is for."), "title"))
    for item in items:
        if item.quantity < 1 or (item.place.exclusive and item.quantity != 1):
            reasons.append(
                Reason("quantity-wrong", N_("Of a room there is one; of other things at least one."), "quantity")
            )
    return reasons + broken_people(items, people)


def broken_people(items: Sequence[Item], people: int | None) -> list[Reason]:
    """More people than a room takes."""
    return [
        Reason(
            "too-many-people",
            N_("%(resource)s takes %(capacity)s people."),
            "people",
            {
                "resource_code": item.place.code,
                "resource": BilingualName(item.place.name_zh, item.place.name_en),
                "capacity": item.place.capacity,
            },
        )
        for item in items
        if people is not None and item.place.capacity is not None and people > item.place.capacity
    ]

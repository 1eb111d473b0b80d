"""A fair proposal who takes the places that are open. Pure and deterministic: the same question, the same answer.

Greedy first: each place, in the order of time, goes to whoever it burdens least. Then places change hands as long as
that makes the burdens more equal, and a place that nobody could take is freed up by somebody who can take another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from facilities.occupancy.rules import Window
from facilities.roster.roles import role_of
from facilities.roster.rules import Candidate, Limits, Stint, broken_duty_rules, hours, is_night, is_weekend

_WEIGHT = 9.0
"""A night or a weekend weighs as much as three hours."""
_ROUNDS = 200


@dataclass(frozen=True)
class OpenPlace:
    """A place in a shift that nobody has yet."""

    shift_id: UUID
    role: str
    window: Window


@dataclass(frozen=True)
class Burden:
    """What somebody does in a stretch of time."""

    length: timedelta = timedelta()
    nights: int = 0
    weekends: int = 0

    def plus(self, window: Window, limits: Limits, sign: int = 1) -> "Burden":
        return Burden(
            self.length + sign * window.length,
            self.nights + sign * is_night(window, limits.zone),
            self.weekends + sign * is_weekend(window, limits.zone),
        )

    @property
    def hours(self) -> Decimal:
        return hours(self.length)

    @property
    def weight(self) -> float:
        """Grows with the square, so that giving to whoever has least makes the sum of all smallest."""
        return float((self.length / timedelta(hours=1)) ** 2 + _WEIGHT * (self.nights**2 + self.weekends**2))


@dataclass(frozen=True)
class LedgerLine:
    """One person before and after the proposal."""

    person_id: UUID
    before: Burden
    after: Burden


@dataclass(frozen=True)
class Proposal:
    """``given`` has a person for each place, None where nobody keeps the rules."""

    given: Sequence[tuple[OpenPlace, UUID | None]]
    ledger: Sequence[LedgerLine]


class _Filling:
    """The state of a proposal in the making."""

    def __init__(self, people: Sequence[Candidate], before: Mapping[UUID, Burden], limits: Limits) -> None:
        self.people = {one.person_id: one for one in sorted(people, key=lambda one: str(one.person_id))}
        self.burdens = {one: before.get(one, Burden()) for one in self.people}
        self.limits = limits

    def may(self, person_id: UUID, place: OpenPlace) -> bool:
        person, stint = self.people[person_id], Stint(place.shift_id, place.window)
        return not broken_duty_rules(stint, place.role, role_of(place.role).name, 1, person, self.limits)

    def give(self, person_id: UUID, place: OpenPlace) -> None:
        self.people[person_id] = self.people[person_id].with_stint(Stint(place.shift_id, place.window))
        self.burdens[person_id] = self.burdens[person_id].plus(place.window, self.limits)

    def take(self, person_id: UUID, place: OpenPlace) -> None:
        person = self.people[person_id]
        stints = tuple(one for one in person.stints if one.shift_id != place.shift_id)
        self.people[person_id] = replace(person, stints=stints)
        self.burdens[person_id] = self.burdens[person_id].plus(place.window, self.limits, -1)

    def cost(self, person_id: UUID, place: OpenPlace) -> float:
        """How much heavier everything gets when this person takes the place."""
        burden = self.burdens[person_id]
        return burden.plus(place.window, self.limits).weight - burden.weight

    def best(self, place: OpenPlace, without: UUID | None = None) -> UUID | None:
        able = [one for one in self.people if one != without and self.may(one, place)]
        return min(able, key=lambda one: (self.cost(one, place), str(one)), default=None)


def propose(
    places: Sequence[OpenPlace], people: Sequence[Candidate], before: Mapping[UUID, Burden], limits: Limits
) -> Proposal:
    """Who could take each place. ``before`` is what people do already in the time that counts."""
    filling = _Filling(people, before, limits)
    ordered = sorted(places, key=lambda place: (place.window.starts_at, str(place.shift_id), place.role))
    given: list[UUID | None] = []
    for place in ordered:
        chosen = filling.best(place)
        if chosen is not None:
            filling.give(chosen, place)
        given.append(chosen)
    _free_up(filling, ordered, given)
    _even_out(filling, ordered, given)
    ledger = [LedgerLine(one, before.get(one, Burden()), filling.burdens[one]) for one in filling.people]
    return Proposal(tuple(zip(ordered, given, strict=True)), ledger)


def _free_up(filling: _Filling, places: Sequence[OpenPlace], given: list[UUID | None]) -> None:
    """Fill a place by somebody who leaves another one that somebody else can take."""
    for number, place in enumerate(places):
        if given[number] is not None:
            continue
        for other, holder in enumerate(given):
            if holder is None:
                continue
            filling.take(holder, places[other])
            if filling.may(holder, place):
                filling.give(holder, place)
                instead = filling.best(places[other], without=holder)
                if instead is not None:
                    filling.give(instead, places[other])
                    given[number], given[other] = holder, instead
                    break
                filling.take(holder, place)
            filling.give(holder, places[other])


def _even_out(filling: _Filling, places: Sequence[OpenPlace], given: list[UUID | None]) -> None:
    """Let places change hands while that makes the burdens more equal; each change makes the whole lighter."""
    for _ in range(_ROUNDS):
        changed = False
        for number, place in enumerate(places):
            holder = given[number]
            if holder is None:
                continue
            filling.take(holder, place)
            better = filling.best(place)
            chosen = holder
            if better is not None and filling.cost(better, place) < filling.cost(holder, place) - 1e-9:
                chosen, changed = better, True
            filling.give(chosen, place)
            given[number] = chosen
        if not changed:
            return

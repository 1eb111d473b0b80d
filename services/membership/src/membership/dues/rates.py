"""The rates of dues as data, read once and checked when read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from functools import cache
from typing import Any

import yaml

from membership.rule_files import rule_text

_ROUNDING: Mapping[str, str] = {"half-up": ROUND_HALF_UP, "down": ROUND_DOWN, "up": ROUND_UP}
_FEN = Decimal("0.01")


@dataclass(frozen=True)
class Band:
    """``percent`` of the whole base, for bases up to and with ``up_to`` (None: any)."""

    percent: Decimal
    up_to: Decimal | None


@dataclass(frozen=True)
class Rates:
    version: str
    in_force_from: date
    rounding: str
    bands: Mapping[str, Sequence[Band]]
    fixed: Mapping[str, Decimal]

    @property
    def categories(self) -> tuple[str, ...]:
        return (*self.bands, *self.fixed)

    def rate(self, category: str, base: Decimal) -> Decimal | None:
        """The percentage; None where the amount is fixed."""
        for band in self.bands.get(category, ()):
            if band.up_to is None or base <= band.up_to:
                return band.percent
        return None

    def amount(self, category: str, base: Decimal) -> Decimal:
        """A month's dues in yuan, rounded to the fen by the setting. KeyError for an unknown category."""
        if category in self.fixed:
            return self.fixed[category]
        percent = self.rate(category, base)
        if percent is None:
            raise KeyError(category)
        return (base * percent / 100).quantize(_FEN, rounding=_ROUNDING[self.rounding])


def read(given: Mapping[str, Any]) -> Rates:
    """ValueError when a category's limits do not rise, or its last band has one."""
    bands = {}
    for category, rows in given["rates"].items():
        found = [Band(Decimal(row["percent"]), Decimal(row["up_to"]) if "up_to" in row else None) for row in rows]
        limits = [band.up_to for band in found[:-1]]
        if found[-1].up_to is not None or None in limits or limits != sorted(set(limits)):  # type: ignore[type-var]
            raise ValueError(f"{category}: limits rise, and the last band has none")
        bands[category] = found
    if given["rounding"] not in _ROUNDING:
        raise ValueError("unknown rounding")
    fixed = {category: Decimal(amount) for category, amount in given["fixed"].items()}
    return Rates(given["version"], given["in_force_from"], given["rounding"], bands, fixed)


@cache
def all_rates() -> Sequence[Rates]:
    """The rates of this release, the oldest first."""
    text = rule_text("membership.dues", "rates.yaml")
    return sorted((read(one) for one in yaml.safe_load(text)), key=lambda rates: rates.in_force_from)


def rates_on(day: date) -> Rates:
    """The rates in force on that day; before the oldest, the oldest."""
    found = [rates for rates in all_rates() if rates.in_force_from <= day]
    return found[-1] if found else all_rates()[0]

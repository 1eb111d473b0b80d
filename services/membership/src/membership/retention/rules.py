"""Rules of retention: terms and caps as data, and when a run has to stop. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import yaml

from membership.rule_files import rule_text

RULES = ("people", "files", "imports")


@dataclass(frozen=True)
class Retention:
    """``years`` by rule; ``cap_count`` records or ``cap_percent`` of all people at once; days of the window."""

    years: Mapping[str, int]
    cap_count: int
    cap_percent: int
    window_days: int

    def over_cap(self, found: int, people_found: int, people: int) -> bool:
        """Whether so many records are too many for one run without a manager's word."""
        return found > self.cap_count or people_found * 100 > people * self.cap_percent


def read(given: Mapping[str, Any]) -> Retention:
    """ValueError names the setting that is missing, unknown or out of its bounds."""
    if set(given) != {"rules", "cap", "window_days"} or set(given["rules"]) != set(RULES):
        raise ValueError(f"retention.yaml: rules ({', '.join(RULES)}), cap and window_days")
    for name, value in (
        *((f"rules.{rule}.years", one["years"]) for rule, one in given["rules"].items()),
        *((f"cap.{name}", given["cap"].get(name)) for name in ("count", "percent")),
        ("window_days", given["window_days"]),
    ):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"retention.yaml: {name} is a whole number from 1 on")
    return Retention(
        {rule: one["years"] for rule, one in given["rules"].items()},
        given["cap"]["count"],
        given["cap"]["percent"],
        given["window_days"],
    )


@cache
def retention() -> Retention:
    """The settings of this process."""
    return read(yaml.safe_load(rule_text("membership.retention", "retention.yaml")))


def ended_before(today: date, years: int) -> date:
    """What ended on this day or earlier is due. Who ended on 29 February is due on 1 March at the latest."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return date(today.year - years, 2, 28)

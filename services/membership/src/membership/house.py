"""What the office settles for itself (``house.yaml``), read once and checked when read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from membership.organisations.kinds import kinds
from membership.rule_files import rule_text
from membership.shares import Share, share

PARTS = {"month": 12, "quarter": 4, "year": 1}
"""How many of each period a year has."""
_WHO = ("members", "committee", "groups")


@dataclass(frozen=True)
class BranchSizes:
    """A branch has ``least`` full members; from ``committee_from`` on it has a committee of so many."""

    least: int
    committee_from: int
    committee_least: int
    committee_most: int


@dataclass(frozen=True)
class Terms:
    """Years of a term by kind of organisation, and which a term may have; months of warning before its end, months it
    may be prolonged by."""

    years: Mapping[str, int]
    allowed_years: tuple[int, ...]
    warning_months: int
    postponement_months: int


@dataclass(frozen=True)
class ElectionRules:
    """How many of those with a vote must be there, and how many of those there elect somebody."""

    quorum: Share
    majority: Share


@dataclass(frozen=True)
class AppraisalRules:
    """How many of the full members may be excellent, and months after its year in which it may still be held."""

    excellent: Share
    months_after: int


@dataclass(frozen=True)
class Duty:
    """A meeting that a branch owes ``every`` month, quarter or year; ``who`` is to be there."""

    code: str
    every: str
    who: str
    kinds: tuple[str, ...]
    by_secretary: bool = False


@dataclass(frozen=True)
class Study:
    """So many hours of so many minutes in a year, at activities of these kinds."""

    hours: int
    minutes: int
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class House:
    letter_months: int
    floating_months: int
    branch: BranchSizes
    terms: Terms
    elections: ElectionRules
    appraisal: AppraisalRules
    attended: Share
    duties: Sequence[Duty]
    study: Study
    loan_days: int


def read(given: Mapping[str, Any]) -> House:
    """ValueError names the setting that is missing, unknown or out of its bounds."""
    names = {"letter_months", "floating_months", "branch", "terms", "elections", "appraisal", "attended"}
    names |= {"meetings", "study", "loan_days"}
    if set(given) != names:
        raise ValueError(f"house.yaml: missing or unknown: {', '.join(sorted(names ^ set(given)))}")
    terms = given["terms"]
    allowed = tuple(_at_least_one("terms.allowed_years", one) for one in terms["allowed_years"])
    wrong = set(terms["years"]) - set(kinds().by_code) or [one for one in terms["years"].values() if one not in allowed]
    if wrong:
        raise ValueError(f"house.yaml: terms.years: a known kind, one of the allowed years: {sorted(map(str, wrong))}")
    elections, appraisal = given["elections"], given["appraisal"]
    return House(
        letter_months=_at_least_one("letter_months", given["letter_months"]),
        floating_months=_at_least_one("floating_months", given["floating_months"]),
        branch=BranchSizes(**{name: _at_least_one(f"branch.{name}", value) for name, value in given["branch"].items()}),
        terms=Terms(
            years=terms["years"],
            allowed_years=allowed,
            warning_months=_at_least_one("terms.warning_months", terms["warning_months"]),
            postponement_months=_at_least_one("terms.postponement_months", terms["postponement_months"]),
        ),
        elections=ElectionRules(
            share(elections["quorum"], "house.yaml: elections.quorum"),
            share(elections["majority"], "house.yaml: elections.majority"),
        ),
        appraisal=AppraisalRules(
            share(appraisal["excellent"], "house.yaml: appraisal.excellent"),
            _at_least_one("appraisal.months_after", appraisal["months_after"]),
        ),
        attended=share(given["attended"], "house.yaml: attended"),
        duties=tuple(_duty(one) for one in given["meetings"]),
        study=Study(
            hours=_at_least_one("study.hours", given["study"]["hours"]),
            minutes=_at_least_one("study.minutes", given["study"]["minutes"]),
            kinds=tuple(given["study"]["kinds"]),
        ),
        loan_days=_at_least_one("loan_days", given["loan_days"]),
    )


def _at_least_one(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"house.yaml: {name} is a whole number from 1 on")
    return value


def _duty(given: Mapping[str, Any]) -> Duty:
    if given["every"] not in PARTS or given["who"] not in _WHO:
        raise ValueError(f"house.yaml: meetings: {given['duty']}: unknown period or people")
    return Duty(
        given["duty"], given["every"], given["who"], tuple(given["kinds"]), bool(given.get("by_secretary", False))
    )


@cache
def house() -> House:
    """The settings of this process."""
    return read(yaml.safe_load(rule_text("membership", "house.yaml")))

"""The rule packs: steps, terms, papers and articles as data, read once and checked when read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import yaml

from membership.rule_files import rule_folder
from membership.shares import BallotRules, ballot_rules

STAGES = ("applicant", "activist", "target", "probationary", "full")


@dataclass(frozen=True)
class Term:
    """So many months ``since`` a step. ``special_months`` hold where a special reason is given; ``late`` says whether
    what comes too late is ``refused`` or only ``noted``."""

    months: int
    since: str
    special_months: int | None = None
    late: str = "refused"


@dataclass(frozen=True)
class Step:
    """One step and every rule about it; a rule that is absent does not apply."""

    code: str
    article: str
    after: tuple[str, ...] = ()
    stage: str | None = None
    papers: tuple[str, ...] = ()
    least_age: int | None = None
    within: Term | None = None
    least: Term | None = None
    reviewed: bool = False
    working_days: tuple[int, str] | None = None
    people: tuple[str, int, int] | None = None
    training: tuple[int, int] | None = None
    extends: tuple[int, int] | None = None
    vote: str | None = None
    after_probation: bool = False
    again: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Period:
    """Months that run ``since`` a step was passed, ``until`` another one is, by an article."""

    article: str
    months: int
    since: str
    until: str


@dataclass(frozen=True)
class Pack:
    """The rules in force from a day on, until the next pack. ``reminders``: days by what falls due."""

    version: str
    in_force_from: date
    names: Mapping[str, str]
    steps: Mapping[str, Step]
    reviews: Period
    probation: Period
    ballot: BallotRules
    reminders: Mapping[str, int]

    def name(self, language: str) -> str:
        return self.names["zh" if language.startswith("zh") else "en"]


def read(document: Mapping[str, Any]) -> Pack:
    """ValueError when something is missing, or a step follows one that does not stand before it or is unknown."""
    wanted = {"version", "in_force_from", "zh", "en", "steps", "reviews", "probation", "ballot", "reminders"}
    if set(document) != wanted:
        raise ValueError(f"pack: missing or unknown: {', '.join(sorted(set(document) ^ wanted))}")
    steps: dict[str, Step] = {}
    for code, given in document["steps"].items():
        step = _step(code, given)
        terms = [term.since for term in (step.within, step.least) if term]
        if not {*step.after, *terms} <= set(steps) or (step.stage is not None and step.stage not in STAGES):
            raise ValueError(f"{code}: unknown stage, or follows a step that does not stand before it")
        steps[code] = step
    reviews, probation = document["reviews"], document["probation"]
    periods = (
        Period(reviews["article"], reviews["every_months"], reviews["since"], reviews["until"]),
        Period(probation["article"], probation["months"], probation["since"], probation["until"]),
    )
    if not {step for one in periods for step in (one.since, one.until)} <= set(steps):
        raise ValueError("reviews, probation: a step that is not in the pack")
    timed = {code for code, step in steps.items() if step.within or step.working_days}
    if set(document["reminders"]) != {"review", "probation-ending", *timed}:
        raise ValueError(f"reminders: one each for review, probation-ending, {', '.join(sorted(timed))}")
    return Pack(
        version=document["version"],
        in_force_from=document["in_force_from"],
        names={"zh": document["zh"], "en": document["en"]},
        steps=steps,
        reviews=periods[0],
        probation=periods[1],
        ballot=ballot_rules(document["ballot"]),
        reminders=document["reminders"],
    )


def _step(code: str, given: Mapping[str, Any]) -> Step:
    def pair(name: str, *keys: str) -> Any:
        return tuple(given[name][key] for key in keys) if name in given else None

    within = given.get("within")
    least = given.get("least")
    return Step(
        code=code,
        article=given["article"],
        after=tuple(given.get("after", ())),
        stage=given.get("stage"),
        papers=tuple(given.get("papers", ())),
        least_age=given.get("least_age"),
        within=Term(**within) if within else None,
        least=Term(**least) if least else None,
        reviewed=given.get("reviewed", False),
        working_days=pair("working_days", "count", "since"),
        people=pair("people", "part", "least", "most"),
        training=pair("training", "days", "hours"),
        extends=pair("extends", "least", "most"),
        vote=given.get("vote"),
        after_probation=given.get("after_probation", False),
        again=given.get("again", False),
        optional=given.get("optional", False),
    )


@cache
def packs() -> Sequence[Pack]:
    """The packs of this release, the oldest first."""
    folder = rule_folder("membership.development", "packs")
    found = [read(yaml.safe_load(one.read_text(encoding="utf-8"))) for one in folder.iterdir()]
    return sorted(found, key=lambda pack: pack.in_force_from)


def pack_on(day: date) -> Pack:
    """The pack in force on that day; what happened before the oldest one is judged by the oldest."""
    found = [pack for pack in packs() if pack.in_force_from <= day]
    return found[-1] if found else packs()[0]

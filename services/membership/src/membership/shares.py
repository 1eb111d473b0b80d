"""Shares of a number, as the files of rules say them (``{more_than: 1/2}``, ``{at_least: 4/5}``): exact, never a float.

Whole numbers are what the database can check by itself, so a share is kept as part and whole beside what it judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Share:
    """``part`` of ``whole``. ``strict``: exactly that much is too little."""

    part: int
    whole: int
    strict: bool

    def __str__(self) -> str:
        return f"{'>' if self.strict else '≥'} {self.fraction}"

    @property
    def fraction(self) -> str:
        """``1/3``"""
        return f"{self.part}/{self.whole}"

    def reached(self, count: int, of: int) -> bool:
        """Whether so many of so many are enough."""
        return count >= self.least(of)

    def least(self, of: int) -> int:
        """The smallest number that is enough: more than 1/2 of 4 are 3, at least 4/5 of 7 are 6."""
        return of * self.part // self.whole + 1 if self.strict else -(-of * self.part // self.whole)

    def most(self, of: int) -> int:
        """The greatest whole number within the share, for a share that is a limit: 1/3 of 8 are 2."""
        return of * self.part // self.whole


def share(given: Any, name: str) -> Share:
    """A share as the file has it; ValueError names the setting that is no share between 0 and 1."""
    try:
        [(word, text)] = ((one, given[one]) for one in ("more_than", "at_least", "at_most") if one in given)
        part, whole = (int(number) for number in str(text).split("/"))
    except (TypeError, ValueError):
        raise ValueError(f"{name}: say more_than, at_least or at_most and a fraction such as 1/2") from None
    if not 0 < part <= whole or (word == "more_than" and part == whole):
        raise ValueError(f"{name}: {text} is no share that can be reached")
    return Share(part, whole, word == "more_than")


@dataclass(frozen=True)
class BallotRules:
    """How many of those due must be there, and how many of them in favour; each with its article."""

    quorum: Share
    majority: Share
    quorum_article: str
    majority_article: str


def ballot_rules(given: Mapping[str, Any]) -> BallotRules:
    """ValueError when a share is missing or impossible."""
    quorum, majority = given["quorum"], given["majority"]
    return BallotRules(
        share(quorum, "ballot.quorum"),
        share(majority, "ballot.majority"),
        str(quorum["article"]),
        str(majority["article"]),
    )

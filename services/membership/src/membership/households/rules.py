"""Rules of households. Pure."""

from collections.abc import Sequence
from uuid import UUID

from shared.refusal import Reason
from shared.texts import N_

PARTS = ("adult", "child")


def household_reasons(name: str, members: Sequence[tuple[UUID, str]]) -> list[Reason]:
    """Every rule that a household of this name and these members (person, part) breaks."""
    reasons = []
    if not 1 <= len(name) <= 120:
        reasons.append(Reason("name-length", N_("A name has 1 to 120 characters."), "name"))
    ids = [person for person, _ in members]
    if len(set(ids)) < len(ids):
        reasons.append(Reason("member-twice", N_("Somebody is named twice."), "members"))
    if any(part not in PARTS for _, part in members):
        reasons.append(Reason("part-unknown", N_("Somebody lives in a household as adult or as child."), "members"))
    if all(part != "adult" for _, part in members):
        reasons.append(Reason("adult-needed", N_("A household has at least one adult."), "members"))
    return reasons

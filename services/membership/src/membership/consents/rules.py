"""Rules of consents. Pure. Personal Information Protection Law, article 31: under 14 the guardians consent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.refusal import Reason
from shared.texts import N_

NEEDED = N_("Under 14 a guardian's consent is needed: who gave it, on which day, and on which paper.")


@dataclass(frozen=True)
class ConsentData:
    """``guardian_id`` None: the first of the guardians. ``paper`` is the reference of what was signed."""

    given_on: date | None
    paper: str
    guardian_id: UUID | None = None


def tidy_paper(paper: str) -> str:
    return " ".join(paper.split())


def consent_needed(field: str = "consent") -> Reason:
    return Reason("consent-needed", NEEDED, field)


def consent_reasons(consent: ConsentData, guardians: Sequence[UUID], born: date | None, today: date) -> list[Reason]:
    """Every rule that it breaks: a guardian gives it, on a day that has come, on a paper that can be found."""
    reasons = []
    if consent.guardian_id is not None and consent.guardian_id not in guardians:
        text = N_("Only a guardian of the child consents.")
        reasons.append(Reason("consent-of-no-guardian", text, "guardian_id"))
    elif not guardians:
        reasons.append(Reason("guardian-needed", N_("A child under 14 needs a guardian."), "guardian_ids"))
    if consent.given_on is None or consent.given_on > today or (born is not None and consent.given_on < born):
        text = N_("It was given on a day of the child's life that has come.")
        reasons.append(Reason("consent-day", text, "given_on"))
    if not 2 <= len(tidy_paper(consent.paper)) <= 120:
        text = N_("Say in 2 to 120 characters which paper it is, so that it can be found.")
        reasons.append(Reason("consent-paper", text, "paper"))
    return reasons

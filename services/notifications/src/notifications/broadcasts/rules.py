"""When a broadcast may be written, handed in, approved and stopped. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from notifications.messages.rules import CHANNELS
from notifications.preferences.rules import AFFAIRS, ANNOUNCEMENTS
from notifications.wording.rules import check_template
from notifications.wording.values import ALWAYS_GIVEN, FALLBACK_LANGUAGE, LANGUAGES
from shared.refusal import Reason
from shared.texts import N_

EVENT_TYPE = "notifications.broadcast"
RULE = "broadcast"
STATES = ("draft", "waiting", "running", "done", "stopped", "discarded")
AUDIENCES = ("organisation", "activity", "shift", "people")
CATEGORIES = (ANNOUNCEMENTS, AFFAIRS)
MOST_PEOPLE_LISTED = 2000
SHORTEST, LONGEST = 1, 168
"""Hours that a message may be worth sending."""


@dataclass(frozen=True)
class Limit:
    """Above this many people, or this cost in hao, a second person decides."""

    people: int
    cost: int

    def exceeded(self, people: int, cost: int) -> bool:
        return people > self.people or cost > self.cost


def check_plan(
    *,
    title: str,
    audience: Mapping[str, Any],
    channels: Sequence[str],
    category: str,
    kept_hours: int,
) -> list[Reason]:
    """Every reason why this is no plan of a broadcast; its text is looked at by `check_texts` and `check_values`."""
    reasons = []
    if not 1 <= len(title.strip()) <= 120:
        reasons.append(Reason("title", N_("Give it a title of 1 to 120 characters."), "title"))
    if not channels or set(channels) - set(CHANNELS):
        reasons.append(Reason("channels", N_("Choose SMS, e-mail, or both."), "channels"))
    if category not in CATEGORIES:
        reasons.append(Reason("category", N_("Choose what kind of news it is."), "category"))
    elif category == AFFAIRS and audience.get("kind") not in ("activity", "shift"):
        reasons.append(
            Reason(
                "category",
                N_("Only what concerns an activity or a shift goes to people who switched announcements off."),
                "category",
            )
        )
    if not SHORTEST <= kept_hours <= LONGEST:
        reasons.append(Reason("kept-hours", N_("From 1 to 168 hours."), "kept_hours"))
    return reasons + _check_audience(audience)


def _check_audience(audience: Mapping[str, Any]) -> list[Reason]:
    kind = audience.get("kind")
    if kind not in AUDIENCES:
        return [Reason("audience", N_("Choose who is to get it."), "audience")]
    if kind == "people":
        listed = audience.get("person_ids") or []
        if not 1 <= len(listed) <= MOST_PEOPLE_LISTED:
            return [
                Reason("people", N_("Name 1 to %(most)s people."), "people", {"most": MOST_PEOPLE_LISTED}),
            ]
        return []
    field = f"{kind}_id"
    if not audience.get(field):
        return [Reason("audience", N_("Choose who is to get it."), field)]
    return []


def check_texts(texts: Mapping[str, Mapping[str, str]], channels: Collection[str]) -> list[Reason]:
    """Every reason against own texts: Chinese is needed for each channel, English may be left out as a whole."""
    reasons = []
    for language in LANGUAGES:
        given = texts.get(language, {})
        for channel in CHANNELS:
            if channel not in channels:
                continue
            subject, body = given.get("subject", ""), given.get(channel, "")
            if language != FALLBACK_LANGUAGE and not body.strip() and not (channel == "email" and subject.strip()):
                continue
            reasons += [
                Reason(reason.code, reason.text, _field(reason.field, channel, language), reason.facts)
                for reason in check_template(channel, subject, body, ALWAYS_GIVEN)
            ]
    return reasons


def _field(field: str | None, channel: str, language: str) -> str:
    name = "subject" if field == "subject" else channel
    return f"{name}_{'zh' if language == FALLBACK_LANGUAGE else 'en'}"


def check_values(
    values: Mapping[str, Mapping[str, str]], wanted: Collection[str], needed: Collection[str]
) -> list[Reason]:
    """Every reason against what is to go into a template: `wanted` are its placeholders, `needed` those without which
    it says nothing."""
    reasons = [
        Reason("value-missing", N_("The template needs “%(name)s”."), f"value_{name}", {"name": name})
        for name in sorted(needed)
        if not (values.get(name) or {}).get("zh", "").strip()
    ]
    return reasons + [
        Reason("value-unknown", N_("The template has no place for “%(name)s”."), "values", {"name": name})
        for name in sorted(set(values) - set(wanted))
    ]


def kept_texts(texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Own texts as they are kept: what is empty is left out, lines end in one way."""
    kept = {
        language: {
            name: text.replace("\r\n", "\n").strip()
            for name, text in texts.get(language, {}).items()
            if name in (*CHANNELS, "subject") and text and text.strip()
        }
        for language in LANGUAGES
    }
    return {language: texts for language, texts in kept.items() if texts}


def kept_audience(audience: Mapping[str, Any]) -> dict[str, Any]:
    """An audience as it is kept: what its kind needs and nothing else."""
    kind = audience["kind"]
    if kind == "people":
        return {"kind": kind, "person_ids": [str(one) for one in dict.fromkeys(audience["person_ids"])]}
    if kind == "organisation":
        below = bool(audience.get("below"))
        return {"kind": kind, "organisation_id": str(audience["organisation_id"]), "below": below}
    if kind == "shift":
        return {"kind": kind, "shift_id": str(audience["shift_id"])}
    return {"kind": kind, "activity_id": str(audience["activity_id"]), "waiting": bool(audience.get("waiting"))}


@dataclass(frozen=True)
class Account:
    """Who did something: the key of their account, and the person behind it where that is known."""

    key: str
    person_id: UUID | None

    @property
    def is_program(self) -> bool:
        """Whether it is an API token. Programs are not counted where two persons have to look at something."""
        return self.key.startswith("token:")

    def is_same_person(self, other: "Account") -> bool:
        """Whether two accounts are one person's, as far as it is known."""
        return self.key == other.key or (self.person_id is not None and self.person_id == other.person_id)


def may_be_second(approver: Account, author: Account, handed_in_by: Account | None) -> bool:
    """Whether `approver` is a second person: a person, as whoever handed it in is, and neither that one nor the author.

    Without knowing who handed it in, nobody is.
    """
    if handed_in_by is None or handed_in_by.is_program or approver.is_program:
        return False
    return not (approver.is_same_person(author) or approver.is_same_person(handed_in_by))

"""Whose values fill a preview: a past event, or made up ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from notifications.contacts.models import Contact
from notifications.messages.announcements import Announcement
from notifications.rules.rehearsing import PastEvent, past_event, past_events
from notifications.wording.queries import events_of, example_facts
from shared.runtime import Runtime

MADE_UP = "made-up"
OFFERED = 15
_NAMES = {"zh-Hans": ("张某某", "张小某"), "en": ("Zhang Moumou", "Zhang Xiaomou")}


@dataclass(frozen=True)
class Sample:
    """What fills a preview. `key` names it in an address; `moment` is when the event happened, None for made up ones.
    `title` is what it is about, by language."""

    key: str
    facts: Mapping[str, Any]
    name: str
    child: str | None
    event_type: str | None = None
    event_id: UUID | None = None
    moment: datetime | None = None

    def title(self, language: str) -> str:
        """What it is about, and for whom."""
        what = self.facts.get("title") or self.facts.get("resource") or self.facts.get("organisation")
        about = what["zh" if language == "zh-Hans" else "en"] if isinstance(what, Mapping) else ""
        return " · ".join(part for part in (about, self.child or self.name) if part)


def made_up(session: Session, key: str, language: str) -> Sample:
    """Example values for a guardian."""
    name, child = _NAMES[language]
    return Sample(MADE_UP, example_facts(session, key), name, child)


def samples(runtime: Runtime, session: Session, key: str, language: str) -> list[Sample]:
    """The newest past events of a template whose people are known, and the made up one as the last."""
    found = [_of(session, past) for past in past_events(runtime, session, events_of(session, key), OFFERED)]
    return [one for one in found if one is not None] + [made_up(session, key, language)]


def chosen_sample(runtime: Runtime, session: Session, key: str, language: str, wanted: str | None) -> Sample:
    """The sample of that name; the made up one where there is none."""
    if wanted and wanted.isdigit() and len(wanted) < 19:
        past = past_event(runtime, session, int(wanted), events_of(session, key))
        found = _of(session, past) if past is not None else None
        if found is not None:
            return found
    return made_up(session, key, language)


def _of(session: Session, past: PastEvent) -> Sample | None:
    announcement = past.announcements[0]
    people = _people(session, announcement)
    if people is None:
        return None
    recipient, child = people
    return Sample(
        str(past.row_id), announcement.facts, recipient.name, child.name if child is not None else None,
        announcement.event_type, past.event_id, past.moment,
    )  # fmt: skip


def _people(session: Session, announcement: Announcement) -> tuple[Contact, Contact | None] | None:
    """Who is written to, and the child whom it is about."""
    person = session.get(Contact, announcement.people[0]) if announcement.people else None
    if person is None or not person.guardians:
        return (person, None) if person is not None else None
    guardian = session.get(Contact, UUID(person.guardians[0]))
    return (guardian, person) if guardian is not None else None

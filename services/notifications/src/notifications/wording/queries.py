"""Finding template versions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from notifications.digests.rules import DIGEST, line_key
from notifications.digests.rules import TEMPLATE as DIGEST_TEMPLATE
from notifications.reminders.models import ReminderRule
from notifications.reminders.rules import event_type_of
from notifications.rules.models import Rule
from notifications.short_links import rules as short_links
from notifications.wording.catalogue import BROADCAST, BROADCAST_TEMPLATES, FACTS, OWN_TEXT, placeholders_of
from notifications.wording.editions import edition
from notifications.wording.models import TemplateDraft, TemplateVersion
from notifications.wording.values import LANGUAGES
from shared.refusal import NotFound

TEST_COPY = "test:"
"""How the keys of copies begin that staff sent to themselves."""


def find_template(session: Session, key: str, channel: str, language: str) -> TemplateVersion | None:
    """The version in use in that language, else in the other one, else None."""
    for wanted in dict.fromkeys((language, *LANGUAGES)):
        found = session.scalars(
            select(TemplateVersion)
            .where(
                TemplateVersion.key == key,
                TemplateVersion.channel == channel,
                TemplateVersion.language == wanted,
            )
            .order_by(TemplateVersion.version.desc())
            .limit(1)
        ).first()
        if found is not None:
            return found
    return None


def version_of(session: Session, key: str, channel: str, language: str) -> int:
    """The number of the version in use, 0 where there is none."""
    found = session.scalar(
        select(func.max(TemplateVersion.version)).where(
            TemplateVersion.key == key, TemplateVersion.channel == channel, TemplateVersion.language == language
        )
    )
    return int(found or 0)


def find_version(session: Session, key: str, channel: str, language: str) -> TemplateVersion | None:
    """The version in use in exactly that language."""
    return next(iter(versions_of(session, key, channel, language)), None)


def find_draft(session: Session, key: str, channel: str, language: str) -> TemplateDraft | None:
    """What the next version is to say, where somebody has begun it."""
    return session.scalars(
        select(TemplateDraft).where(
            TemplateDraft.key == key, TemplateDraft.channel == channel, TemplateDraft.language == language
        )
    ).one_or_none()


def edition_of(session: Session, key: str, channel: str, language: str) -> int:
    """What somebody has in front of them who begins to write now; see `wording.editions`."""
    draft = find_draft(session, key, channel, language)
    if draft is not None:
        return edition(draft.follows, draft.version)
    return edition(version_of(session, key, channel, language), 0)


def drafts(session: Session) -> Sequence[TemplateDraft]:
    """All drafts, ordered by key, channel and language."""
    return session.scalars(
        select(TemplateDraft).order_by(TemplateDraft.key, TemplateDraft.channel.desc(), TemplateDraft.language.desc())
    ).all()


def is_known(session: Session, key: str) -> bool:
    """Whether some rule leads to this template, or it has a version."""
    if key.startswith((TEST_COPY, OWN_TEXT)):
        return False
    ruled, written = exists().where(Rule.template_key == key), exists().where(TemplateVersion.key == key)
    return bool(session.scalar(select(or_(ruled, written))))


def template_keys(session: Session) -> list[str]:
    """Every template that a rule may lead to, also such as have no text yet."""
    keys = set(session.scalars(select(TemplateVersion.key).distinct())) | set(
        session.scalars(select(Rule.template_key).distinct())
    )
    return sorted(key for key in keys if not key.startswith(TEST_COPY) and key not in BROADCAST_TEMPLATES)


def templates_in_use(session: Session) -> Sequence[TemplateVersion]:
    """The newest version of each template, ordered by key, channel and language; no copies of tests."""
    newest = (
        select(
            TemplateVersion.key,
            TemplateVersion.channel,
            TemplateVersion.language,
            func.max(TemplateVersion.version).label("version"),
        )
        .where(TemplateVersion.key.not_like(f"{TEST_COPY}%"))
        .where(TemplateVersion.key.not_like(f"{OWN_TEXT}%"))
        .group_by(TemplateVersion.key, TemplateVersion.channel, TemplateVersion.language)
        .subquery()
    )
    columns = tuple_(TemplateVersion.key, TemplateVersion.channel, TemplateVersion.language, TemplateVersion.version)
    return session.scalars(
        select(TemplateVersion)
        .where(columns.in_(select(newest)))
        .order_by(TemplateVersion.key, TemplateVersion.channel.desc(), TemplateVersion.language.desc())
    ).all()


def versions_of(session: Session, key: str, channel: str, language: str) -> Sequence[TemplateVersion]:
    """All versions of one template, newest first."""
    return session.scalars(
        select(TemplateVersion)
        .where(
            TemplateVersion.key == key,
            TemplateVersion.channel == channel,
            TemplateVersion.language == language,
        )
        .order_by(TemplateVersion.version.desc())
    ).all()


def get_template(session: Session, template_id: UUID) -> TemplateVersion:
    """One version. NotFound."""
    found = session.get(TemplateVersion, template_id)
    if found is None:
        raise NotFound("template")
    return found


def events_of(session: Session, key: str) -> set[str]:
    """The types of event that lead to this template."""
    if key in BROADCAST_TEMPLATES:
        return {BROADCAST}
    if key == DIGEST_TEMPLATE:
        return {DIGEST}
    key = key.removesuffix(line_key(""))
    reminders = session.scalars(select(ReminderRule.kind).where(ReminderRule.template_key == key))
    return {event_type_of(kind) for kind in reminders} | set(
        session.scalars(select(Rule.event_type).where(Rule.template_key == key))
    )


def offered_placeholders(session: Session, key: str) -> set[str]:
    """What every event that leads to this template can fill in; the line of a digest leads nowhere by itself."""
    offered = placeholders_of(events_of(session, key))
    return offered - set(short_links.NAMES) if key.endswith(line_key("")) else offered


def example_facts(session: Session, key: str) -> dict[str, Any]:
    """Facts to preview a template with."""
    for event_type in sorted(events_of(session, key)):
        if event_type in FACTS:
            return dict(FACTS[event_type])
    return {}

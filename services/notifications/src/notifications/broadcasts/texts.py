"""What a broadcast says: its own texts or a template, and how that looks for one recipient."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifications.broadcasts.models import Broadcast
from notifications.broadcasts.reach import Reached
from notifications.messages.content import Content, render_text
from notifications.messages.rules import CHANNELS
from notifications.providers.models import ApprovedText
from notifications.sending.settings import SendingSettings, SmsProvider
from notifications.wording.catalogue import BROADCAST_TEMPLATES
from notifications.wording.models import TemplateVersion
from notifications.wording.queries import find_template
from notifications.wording.rendering import Conditional, MalformedTemplate, read_template
from notifications.wording.values import ALWAYS_GIVEN, FALLBACK_LANGUAGE, LANGUAGES, localised
from shared.database import UnitOfWork
from shared.identifiers import new_id

Text = tuple[str, str]
"""Subject and body."""


def facts_of(broadcast: Broadcast) -> dict[str, Any]:
    """The values of the template as facts of a notice; a text that was not given in English is lent by the Chinese."""
    wanted = dict.fromkeys(broadcast.values) if broadcast.template_key else {}
    given = {
        name: {"zh": text.get("zh", ""), "en": text.get("en") or text.get("zh", "")}
        for name, text in broadcast.values.items()
        if text.get("zh")
    }
    return {**wanted, **given}


def text_of(session: Session, broadcast: Broadcast, channel: str, language: str) -> Text | None:
    """What is said by a channel in a language, in Chinese where there is nothing else; None when there is nothing."""
    if broadcast.template_key is not None:
        found = find_template(session, broadcast.template_key, channel, language)
        return (found.subject, found.body) if found is not None else None
    for wanted in dict.fromkeys((language, FALLBACK_LANGUAGE)):
        texts = broadcast.texts.get(wanted, {})
        if texts.get(channel):
            return texts.get("subject", ""), texts[channel]
    return None


def placeholders(session: Session, template_key: str) -> tuple[list[str], set[str]]:
    """What somebody fills in before a template says something: all placeholders in their order, and those that are
    needed."""
    names: dict[str, None] = {}
    needed: set[str] = set()
    for channel in CHANNELS:
        for language in LANGUAGES:
            found = find_template(session, template_key, channel, language)
            for text in (found.subject, found.body) if found is not None else ():
                try:
                    template = read_template(text)
                except MalformedTemplate:
                    continue
                flags = {part.flag for part in template.parts if isinstance(part, Conditional)}
                names |= dict.fromkeys(name for name in template.names() if name not in ALWAYS_GIVEN)
                needed |= set(template.missing(dict.fromkeys((*flags, *ALWAYS_GIVEN), "")))
    return list(names), needed & set(names)


def offered_templates(session: Session) -> list[str]:
    """The keys of the templates that were made for broadcasts."""
    found = select(TemplateVersion.key).where(TemplateVersion.key.in_(BROADCAST_TEMPLATES)).distinct()
    return sorted(session.scalars(found))


class Sampler:
    """Renders a broadcast for its recipients; texts and values of a language are read once."""

    def __init__(self, session: Session, broadcast: Broadcast, settings: SendingSettings, zone: Any) -> None:
        self._session = session
        self._broadcast = broadcast
        self._zone = zone
        self._facts = facts_of(broadcast)
        self._texts: dict[tuple[str, str], Text | None] = {}
        self.provider: SmsProvider | None = settings.sms_providers[0] if settings.sms_providers else None
        self._sms_signature = (self.provider.signature if self.provider else "") or settings.sms_signature
        self._signature = settings.sms_signature

    def content(self, recipient: Reached, channel: str) -> Content | None:
        """None where there is no text. Raises MissingValues and MalformedTemplate."""
        key = (channel, recipient.language)
        if key not in self._texts:
            self._texts[key] = text_of(self._session, self._broadcast, *key)
        text = self._texts[key]
        if text is None:
            return None
        values = localised(self._facts, recipient.language, self._zone, name=recipient.name, child=recipient.about_name)
        signature = self._sms_signature if channel == "sms" else self._signature
        return render_text(channel, recipient.language, *text, values, signature)


def keep_texts(work: UnitOfWork, broadcast: Broadcast) -> None:
    """Write own texts down as a new version of a template, where they changed, so that messages can be pinned to it."""
    if broadcast.template_key is not None:
        return
    for language, texts in broadcast.texts.items():
        for channel in CHANNELS:
            if texts.get(channel):
                _keep_text(work, broadcast, channel, language, texts)


def _keep_text(work: UnitOfWork, broadcast: Broadcast, channel: str, language: str, texts: Mapping[str, str]) -> None:
    subject = texts.get("subject", "") if channel == "email" else ""
    newest = select(func.max(TemplateVersion.version)).where(
        TemplateVersion.key == broadcast.text_key,
        TemplateVersion.channel == channel,
        TemplateVersion.language == language,
    )
    version = work.session.scalar(newest) or 0
    known = find_template(work.session, broadcast.text_key, channel, language) if version else None
    if known is not None and (known.subject, known.body) == (subject, texts[channel]):
        return
    work.session.add(
        TemplateVersion(
            id=new_id(), key=broadcast.text_key, channel=channel, language=language, version=version + 1,
            subject=subject, body=texts[channel], created_at=work.now, created_by=work.actor.name[:120],
        )
    )  # fmt: skip
    work.session.flush()


def unapproved(session: Session, broadcast: Broadcast, settings: SendingSettings) -> bool:
    """Whether no SMS gateway takes the text: all of them want approved ones, and this is none."""
    if "sms" not in broadcast.channels or any(one.kind == "generic" for one in settings.sms_providers):
        return False
    return not _approved(session, broadcast)


def _approved(session: Session, broadcast: Broadcast) -> bool:
    if broadcast.template_key is None:
        return False
    versions = {
        found.id
        for language in LANGUAGES
        if (found := find_template(session, broadcast.template_key, "sms", language)) is not None
    }
    approved: set[UUID] = set(
        session.scalars(select(ApprovedText.template_id).where(ApprovedText.template_id.in_(versions)))
    )
    return versions <= approved

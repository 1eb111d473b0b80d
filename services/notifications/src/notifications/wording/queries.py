"""Finding template versions."""

from collections.abc import Sequence

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from notifications.wording.models import TemplateVersion
from notifications.wording.values import FALLBACK_LANGUAGE


def find_template(session: Session, key: str, channel: str, language: str) -> TemplateVersion | None:
    """The version in use in that language, else in Chinese, else None."""
    for wanted in dict.fromkeys((language, FALLBACK_LANGUAGE)):
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


def templates_in_use(session: Session) -> Sequence[TemplateVersion]:
    """The newest version of each template, ordered by key, channel and language."""
    newest = (
        select(
            TemplateVersion.key,
            TemplateVersion.channel,
            TemplateVersion.language,
            func.max(TemplateVersion.version).label("version"),
        )
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

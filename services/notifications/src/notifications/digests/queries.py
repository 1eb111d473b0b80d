"""Reading which rules collect, and what is being collected."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notifications.digests.models import DigestSetting, DigestWindow


def digest_settings(session: Session) -> dict[str, DigestSetting]:
    """What staff set, by rule."""
    return {row.rule_key: row for row in session.scalars(select(DigestSetting))}


def open_windows(session: Session) -> dict[str, tuple[int, int, datetime]]:
    """By rule how many recipients it collects for just now, how many lines, and when the first window closes."""
    rows: Sequence[tuple[str, int, int, datetime]] = session.execute(
        select(DigestWindow.rule_key, func.count(), func.sum(DigestWindow.lines), func.min(DigestWindow.closes_at))
        .where(DigestWindow.closed_at.is_(None))
        .group_by(DigestWindow.rule_key)
    ).all()
    return {rule: (people, int(lines), closes_at) for rule, people, lines, closes_at in rows}

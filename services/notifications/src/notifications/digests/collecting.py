"""Putting notices into the windows of their digests, in the transaction that makes them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import case, select

from notifications.digests.models import DigestSetting, DigestWindow
from shared.database import UnitOfWork, dialect_of, insert_on
from shared.identifiers import new_id

COLLECTED = "digest"
"""The reason of a notice that waits for its digest."""


class Digests:
    """Knows for how long each rule collects, and finds or opens the windows."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._minutes: dict[str, int] | None = None

    def minutes_of(self, rule_key: str) -> int:
        """For how many minutes a rule collects; 0 where it does not."""
        if self._minutes is None:
            rows = self._work.session.execute(select(DigestSetting.rule_key, DigestSetting.minutes))
            self._minutes = {row.rule_key: row.minutes for row in rows}
        return self._minutes.get(rule_key, 0)

    def collect(self, notices: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """Give each notice the window that is open for its recipient; a new one where there is none.

        Windows are locked in the order of their recipients, so that two events for the same people wait for each other
        and never for ever.
        """
        for notice in sorted(notices, key=lambda each: (each["rule_key"], each["person_id"].hex)):
            notice["window_id"] = self._window_of(notice)
        return notices

    def _window_of(self, notice: dict[str, Any]) -> Any:
        now = self._work.now
        columns = DigestWindow.__table__.c
        opened = insert_on(dialect_of(self._work.session))(DigestWindow).values(
            id=new_id(),
            rule_key=notice["rule_key"],
            person_id=notice["person_id"],
            body=notice["body"] or "",
            lines=1,
            opened_at=now,
            closes_at=min(now + timedelta(minutes=self.minutes_of(notice["rule_key"])), notice["expires_at"]),
        )
        theirs, ours = columns.closes_at, opened.excluded.closes_at
        earlier = case((ours < theirs, ours), else_=theirs)  # a line may be useless before the window would close
        joined = opened.on_conflict_do_update(
            index_elements=["rule_key", "person_id", "body"],
            index_where=columns.closed_at.is_(None),
            set_={"lines": columns.lines + 1, "closes_at": earlier},
        )
        return self._work.session.execute(joined.returning(columns.id)).scalar_one()

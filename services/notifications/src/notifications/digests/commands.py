"""Closing windows, and setting which rules collect."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from notifications.contacts.models import Contact
from notifications.digests.models import DigestSetting, DigestWindow
from notifications.digests.rules import TEMPLATE, line_key, numbered, sort_out
from notifications.messages.drafts import Drafts
from notifications.messages.fan_out import resolve
from notifications.messages.models import Notice
from notifications.messages.rules import notice_id
from notifications.messages.steps import add_step
from notifications.rules.models import Rule
from notifications.wording.queries import find_template
from notifications.wording.rendering import MalformedTemplate, MissingValues, read_template
from notifications.wording.values import LANGUAGES, localised
from shared import faults
from shared.database import UnitOfWork
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Refused, Stale
from shared.runtime import Runtime
from shared.texts import N_

CLOSED_AT_ONCE = 100
LONGEST = 1440
KEPT = timedelta(days=30)


def close_windows(runtime: Runtime) -> int:
    """Make the messages of the windows whose time is over; how many were closed.

    Each is locked: nobody adds a line meanwhile, and what another process works at is left to it. Message and closed
    window are one commit, so that a process that dies in between leaves the window open.
    """
    due = _due(runtime)
    with runtime.reading() as session:
        if not session.scalar(select(exists().where(due))):
            return 0
    with runtime.unit_of_work() as work:
        windows = work.session.scalars(
            select(DigestWindow)
            .where(due)
            .order_by(DigestWindow.closes_at)
            .limit(CLOSED_AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        for window in windows:
            _close(work, window, runtime.settings.time_zone)
        faults.reach("digest.before-commit")
    faults.reach("digest.after-commit")
    return len(windows)


def _due(runtime: Runtime) -> ColumnElement[bool]:
    return DigestWindow.closed_at.is_(None) & (DigestWindow.closes_at <= runtime.clock())


def _close(work: UnitOfWork, window: DigestWindow, zone: ZoneInfo) -> None:
    window.closed_at = work.now
    lines = work.session.scalars(
        select(Notice)
        .where(Notice.window_id == window.id, Notice.id != window.id, Notice.state == "waiting")
        .order_by(Notice.id)
    ).all()
    kept, dropped = sort_out(lines, work.now)
    for line, reason in dropped:
        line.state, line.reason = "expired" if reason == "expired" else "suppressed", reason
        add_step(work, line.id, line.state, reason=reason)
    if not kept:
        return
    work.correlation_id, work.traceparent = kept[-1].correlation_id, kept[-1].traceparent
    work.causation_id = str(kept[-1].event_id)
    if len(kept) == 1:
        resolve(work, kept[0])
    else:
        _write(work, window, kept, zone)


def _write(work: UnitOfWork, window: DigestWindow, lines: Sequence[Notice], zone: ZoneInfo) -> None:
    """One notice that stands for all of them, and its messages."""
    last = lines[-1]
    common = {column.key: getattr(last, column.key) for column in Notice.__table__.columns}
    common |= {
        "subject": f"digest/{window.id}",
        "subject_version": None,
        "template_key": TEMPLATE,
        "facts": {"count": len(lines), "lines": numbered(_texts(work.session, window.person_id, lines, zone))},
        "expires_at": max(line.expires_at for line in lines),
        "needed_by": min((line.needed_by for line in lines if line.needed_by is not None), default=None),
    }
    drafts = Drafts(work)
    drafts.look_up([window.person_id])
    key = notice_id(window.id, window.rule_key, window.person_id)
    notice = drafts.add(common, key, window.person_id, about=window.person_id)
    notice["id"] = notice["window_id"] = window.id
    drafts.step(notice, "digest", count=len(lines), rule=window.rule_key)
    for line in lines:
        line.state, line.reason = "queued", TEMPLATE
        add_step(work, line.id, "in-digest", count=len(lines))
    drafts.resolve(notice)
    work.session.flush()
    drafts.write()


def _texts(session: Session, person_id: UUID, lines: Sequence[Notice], zone: ZoneInfo) -> list[dict[str, str]]:
    people = {line.about_id for line in lines} | {person_id}
    rows = session.execute(select(Contact.person_id, Contact.name).where(Contact.person_id.in_(people)))
    names = {row.person_id: row.name for row in rows}
    return [
        {"zh" if language == "zh-Hans" else "en": _text(session, line, language, zone, names) for language in LANGUAGES}
        for line in lines
    ]


def _text(session: Session, line: Notice, language: str, zone: ZoneInfo, names: Mapping[UUID, str]) -> str:
    """The line of its own template, else what its SMS would say."""
    about = names.get(line.about_id) if line.about_id != line.person_id else None
    values = localised(line.facts, language, zone, name=names.get(line.person_id, ""), child=about)
    for key in (line_key(line.template_key), line.template_key):
        template = find_template(session, key, "sms", language)
        if template is not None:
            try:
                return read_template(template.body).render(values, "sms")
            except (MissingValues, MalformedTemplate):
                continue
    return str(values.get("title") or values.get("resource") or line.event_type)


def set_digest(work: UnitOfWork, rule_key: str, *, version: int, minutes: int) -> DigestSetting:
    """A rule collects for so many minutes from now on; 0: it writes at once. Windows that are open close in their time.

    Forbidden without the role of a manager of all bodies, Stale when somebody changed it in between.
    """
    work.actor.demand("manager", ALL_BODIES)
    if not 0 <= minutes <= LONGEST:
        raise Refused("digest-minutes", N_("From 0 to 1440 minutes."), field="minutes", status=422)
    if work.session.scalar(select(Rule.key).where(Rule.key == rule_key)) is None:
        raise NotFound("rule")
    row: DigestSetting | None = work.lock(DigestSetting, rule_key)
    known = row.version if row is not None else 0
    if known != version:
        raise Stale(known)
    if row is None:
        row = DigestSetting(rule_key=rule_key)
        work.session.add(row)
    row.minutes, row.version, row.changed_at = minutes, version + 1, work.now
    work.audit("digest-set", f"rule/{rule_key}", minutes=minutes)
    work.session.flush()
    return row


def forget_windows(runtime: Runtime) -> None:
    """Forget windows that were closed long ago; what was made of them stays."""
    with runtime.unit_of_work() as work:
        old: Any = delete(DigestWindow).where(DigestWindow.closed_at < work.now - KEPT)
        work.session.execute(old.execution_options(synchronize_session=False))

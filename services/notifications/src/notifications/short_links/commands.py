"""Making a link for somebody, sending it to them, and ending all of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from notifications.contacts.models import Contact
from notifications.messages.drafts import Drafts
from notifications.messages.models import Message, Notice
from notifications.messages.rules import LANES
from notifications.preferences.rules import AFFAIRS
from notifications.short_links.models import LinkRevocation, PreferenceLink
from notifications.short_links.rules import KEPT, new_token, token_hash
from shared.database import UnitOfWork, dialect_of, insert_on
from shared.identifiers import new_id
from shared.refusal import NotFound, Refused
from shared.texts import N_

LINK_EVENT = "notifications.preferences.link"
LINK_TEMPLATE = "preferences-link"
MOST_A_DAY = 3
"""SMS with the link to one person."""


def make_link(work: UnitOfWork, person_id: UUID) -> str:
    """A link to somebody's preferences, for them alone; its token cannot be read again. Forbidden below officer."""
    _known(work, person_id)
    token = new_token()
    row = PreferenceLink(
        id=new_id(), token_hash=token_hash(token), person_id=person_id, made_by=work.actor.name[:120],
        made_at=work.now, expires_at=work.now + KEPT,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    work.audit("preferences-link-made", f"person/{person_id}", link=str(row.id))
    return token


def send_link(work: UnitOfWork, person_id: UUID) -> Message:
    """Send somebody an SMS that leads to their preferences. Forbidden below officer; Refused when no SMS reaches them
    or they got several today."""
    _known(work, person_id)
    today = select(func.count()).where(
        Notice.person_id == person_id, Notice.event_type == LINK_EVENT, Notice.created_at > work.now - timedelta(days=1)
    )
    if (work.session.scalar(today) or 0) >= MOST_A_DAY:
        raise Refused("too-many-links", N_("At most %(most)s such SMS a day to one person."), most=MOST_A_DAY)
    drafts = Drafts(work)
    drafts.look_up([person_id])
    notice = drafts.add(_notice(work), new_id(), person_id, about=person_id)
    drafts.step(notice, "link-wanted", who=work.actor.name)
    drafts.resolve(notice)
    if not notice["accepted"]:
        raise Refused("not-reachable", N_("No SMS reaches this person."), status=422)
    drafts.write()
    work.session.flush()
    work.audit("preferences-link-sent", f"person/{person_id}")
    return work.session.scalars(select(Message).where(Message.notice_id == notice["id"])).one()


def end_links(work: UnitOfWork, person_id: UUID) -> None:
    """From now on no short link that was made until now leads anywhere: one came into the wrong hands. Forbidden below
    officer."""
    _known(work, person_id)
    ended = {"person_id": person_id, "revoked_at": work.now, "revoked_by": work.actor.name[:120]}
    insert = insert_on(dialect_of(work.session))(LinkRevocation).values(**ended)
    latest = {"revoked_at": insert.excluded.revoked_at, "revoked_by": insert.excluded.revoked_by}
    work.session.execute(insert.on_conflict_do_update(index_elements=["person_id"], set_=latest))
    work.session.execute(delete(PreferenceLink).where(PreferenceLink.person_id == person_id))
    work.audit("preferences-links-ended", f"person/{person_id}")


def forget_links(work: UnitOfWork) -> int:
    """Drop those that have ended."""
    gone: Any = work.session.execute(delete(PreferenceLink).where(PreferenceLink.expires_at <= work.now))
    return int(gone.rowcount)


def _known(work: UnitOfWork, person_id: UUID) -> None:
    work.actor.demand("officer")
    if work.session.get(Contact, person_id) is None:
        raise NotFound("person")


def _notice(work: UnitOfWork) -> dict[str, Any]:
    event_id = new_id()
    return {
        "event_id": event_id,
        "event_type": LINK_EVENT,
        "event_time": work.now,
        "subject": f"preferences/{event_id}",
        "correlation_id": work.correlation_id,
        "traceparent": work.traceparent,
        "rule_key": LINK_TEMPLATE,
        "rule_version": 0,
        "template_key": LINK_TEMPLATE,
        "channels": ["sms"],
        "lane": LANES["normal"],
        "category": AFFAIRS,
        "subject_version": 1,
        "passes_quiet_hours": False,
        "body": None,
        "facts": {},
        "expires_at": work.now + timedelta(days=1),
    }

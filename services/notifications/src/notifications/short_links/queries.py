"""Whose a short link is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.contacts.models import Contact
from notifications.messages.models import Message
from notifications.short_links.models import LinkRevocation, PreferenceLink
from notifications.short_links.rules import KEPT, ids_of, is_of_staff, proves, token_hash


def person_of(session: Session, token: str, secret_key: str, now: datetime) -> UUID | None:
    """Whose preferences a token leads to; None when it was not made here, was revoked or has ended, or its person is
    not known any more."""
    person_id = _of_staff(session, token, now) if is_of_staff(token) else _of_message(session, token, secret_key, now)
    if person_id is None or session.get(Contact, person_id) is None:
        return None
    return person_id


def _of_staff(session: Session, token: str, now: datetime) -> UUID | None:
    return session.scalar(
        select(PreferenceLink.person_id).where(
            PreferenceLink.token_hash == token_hash(token), PreferenceLink.expires_at > now
        )
    )


def _of_message(session: Session, token: str, secret_key: str, now: datetime) -> UUID | None:
    ids = ids_of(token)
    if ids is None:
        return None
    rows = session.execute(
        select(Message.message_id, Message.person_id, Message.created_at).where(
            Message.message_id.between(*ids), Message.created_at > now - KEPT
        )
    )
    found = next((row for row in rows if proves(secret_key, token, row.message_id)), None)
    if found is None:
        return None
    revocation = session.get(LinkRevocation, found.person_id)
    return found.person_id if revocation is None or found.created_at > revocation.revoked_at else None


def last_revocation(session: Session, person_id: UUID) -> LinkRevocation | None:
    """When the short links of a person were last ended, and by whom."""
    return session.get(LinkRevocation, person_id)

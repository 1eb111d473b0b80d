"""Keeping contact details, and making the messages that waited for them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from notifications.contacts.models import Contact, Organisation
from notifications.messages.fan_out import resolve
from notifications.messages.models import Notice
from shared.database import UnitOfWork


def take_contact(work: UnitOfWork, data: Mapping[str, Any]) -> Contact:
    """Remember a person's contact details as they are now, then work off the notices that waited for them."""
    contact = work.session.get(Contact, data["person_id"])
    if contact is None:
        contact = Contact(person_id=data["person_id"])
        work.session.add(contact)
    contact.name = data["name"]
    contact.language = data["language"]
    contact.phone = data.get("phone")
    contact.email = data.get("email")
    contact.guardians = [str(guardian) for guardian in data.get("guardians") or ()]
    contact.sample = bool(data.get("sample"))
    contact.updated_at = work.now
    work.session.flush()
    for notice in work.session.scalars(
        select(Notice)
        .where(
            Notice.person_id == contact.person_id,
            Notice.state == "waiting",
            Notice.window_id.is_(None),
            Notice.expires_at > work.now,
        )
        .order_by(Notice.id)
        .with_for_update()
    ).all():
        resolve(work, notice)
    return contact


def take_organisation(work: UnitOfWork, data: Mapping[str, Any]) -> None:
    """Remember what an organisation is called, whose it is, and below which one it stands."""
    known = work.session.get(Organisation, data["organisation_id"])
    if known is None:
        known = Organisation(organisation_id=data["organisation_id"])
        work.session.add(known)
    known.name_zh, known.name_en = data["name_zh"], data["name_en"]
    known.parent_id, known.body, known.active = data["parent_id"], data["body"], data["active"]

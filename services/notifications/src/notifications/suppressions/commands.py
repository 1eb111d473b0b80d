"""Leaving addresses alone, and writing to them again."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from notifications.contacts.models import Contact
from notifications.messages.rules import CHANNELS
from notifications.published import CONTACT_REACHABLE, CONTACT_UNREACHABLE
from notifications.receipts.models import SoftBounce
from notifications.suppressions.models import Suppression
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Reason, Refused
from shared.texts import N_


def in_force(session: Session, channel: str, address: str) -> Suppression | None:
    """What keeps this address from being written to, or None."""
    return session.scalars(
        select(Suppression).where(
            Suppression.channel == channel, Suppression.address == address, Suppression.lifted_at.is_(None)
        )
    ).first()


def suppress(
    work: UnitOfWork, channel: str, address: str, reason: str, *, person_id: UUID | None = None, note: str = ""
) -> Suppression:
    """Leave an address alone from now on, and tell membership whom that concerns. A repeated one changes nothing.

    Membership is not told where the person has another address by now: that one works, as far as anybody knows.
    """
    known = in_force(work.session, channel, address)
    if known is not None:
        return known
    made = Suppression(
        id=new_id(), channel=channel, address=address, reason=reason, note=note[:200], person_id=person_id,
        since=work.now, made_by=work.actor.name[:120],
    )  # fmt: skip
    work.session.add(made)
    work.session.flush()
    if person_id is not None and _is_current(work.session, person_id, channel, address):
        work.record(CONTACT_UNREACHABLE, person_id, {"person_id": person_id, "reason": reason, "channel": channel})
    return made


def _is_current(session: Session, person_id: UUID, channel: str, address: str) -> bool:
    contact = session.get(Contact, person_id)
    return contact is not None and contact.address(channel) == address


def suppress_by_staff(work: UnitOfWork, *, channel: str, address: str, note: str) -> Suppression:
    """Take an address out by hand. Forbidden below officer of all bodies; Refused with every broken rule."""
    work.actor.demand("officer", ALL_BODIES)
    address = address.strip()
    reasons = []
    if channel not in CHANNELS:
        reasons.append(Reason("channel", N_("Choose SMS or e-mail."), "channel"))
    wanted = "@" in address if channel == "email" else address.startswith("+") and address[1:].isdigit()
    if not wanted or len(address) > 254:
        reasons.append(
            Reason("address", N_("Give an e-mail address, or a telephone number with + and country code."), "address")
        )
    if not note.strip():
        reasons.append(Reason("note", N_("Say why."), "note"))
    if not reasons and in_force(work.session, channel, address) is not None:
        reasons.append(Reason("address", N_("This address is not written to already."), "address"))
    if reasons:
        raise Refused.many(reasons)
    made = suppress(work, channel, address, "by-staff", note=note.strip())
    work.audit("address-suppressed", f"suppression/{made.id}", channel=channel)
    return made


def lift(work: UnitOfWork, suppression_id: UUID) -> Suppression:
    """Write to an address again. NotFound; Refused (409) when that was done before."""
    work.actor.demand("officer", ALL_BODIES)
    found: Suppression | None = work.lock(Suppression, suppression_id)
    if found is None:
        raise NotFound("suppression")
    if found.lifted_at is not None:
        raise Refused("lifted-before", N_("This address is written to again already."))
    write_again(work, found)
    work.audit("address-written-to-again", f"suppression/{found.id}", channel=found.channel)
    work.session.flush()
    return found


def write_again(work: UnitOfWork, left_alone: Suppression) -> None:
    """End it, begin to count anew what comes back, and tell membership whom that concerns."""
    left_alone.lifted_at, left_alone.lifted_by = work.now, work.actor.name[:120]
    person, channel, address = left_alone.person_id, left_alone.channel, left_alone.address
    work.session.execute(delete(SoftBounce).where(SoftBounce.address == address.lower()))
    if person is not None and _is_current(work.session, person, channel, address):
        work.record(CONTACT_REACHABLE, person, {"person_id": person, "channel": channel})

"""Knowing staff before they come: what a service does about membership's ``staff.changed``."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy import select

from shared.database import UnitOfWork
from shared.inbox.reactions import Reactions, ReceivedEvent
from shared.staff.accounts import end_sessions
from shared.staff.models import Account
from shared.staff.openid.people import account_of
from shared.staff.openid.person import SignedIn


class NeedsStaff(Schema):
    class Meta:
        unknown = EXCLUDE

    account_id = fields.UUID(required=True)
    issuer = fields.String(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    active = fields.Boolean(required=True)


def follow_staff(reactions: Reactions) -> None:
    """Let a service's reactions to membership also keep its accounts in step with the provider's."""
    for name in ("staff.changed", "staff.snapshot"):
        reactions.on(name, needs=NeedsStaff)(take_staff)


def take_staff(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Know the person, without any role until somebody here gives one; end the sessions of who may not sign in."""
    said = event.data
    issuer, subject = said["issuer"], str(said["account_id"])
    if not said["active"] and not _is_known(work, issuer, subject):
        return
    claims: dict[str, Any] = {"name": said["name"], "preferred_username": said["username"]}
    account = account_of(work, issuer, SignedIn(subject, claims, ""))
    if not said["active"]:
        end_sessions(work, account.id)


def _is_known(work: UnitOfWork, issuer: str, subject: str) -> bool:
    known = select(Account.id).where(Account.issuer == issuer, Account.issuer_subject == subject)
    return work.session.execute(known).first() is not None

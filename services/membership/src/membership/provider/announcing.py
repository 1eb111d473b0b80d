"""Telling the other services who may sign in, so that their administrators can give roles before anybody comes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.provider.clients import issuer
from membership.provider.models import AnnouncedAccount
from membership.published import staff_changed
from shared.runtime import Runtime
from shared.staff.models import Account

_AT_ONCE = 50


def announce_staff(runtime: Runtime) -> int:
    """Publish each account as it is now, once for each of its versions. Returns how many were published."""
    chosen = (
        select(Account, AnnouncedAccount)
        .outerjoin(AnnouncedAccount, AnnouncedAccount.account_id == Account.id)
        .where((AnnouncedAccount.version.is_(None)) | (AnnouncedAccount.version != Account.version))
        .order_by(Account.id)
        .limit(_AT_ONCE)
    )
    with runtime.reading() as session:
        if session.execute(chosen.limit(1)).first() is None:
            return 0
    provider = issuer(runtime)
    with runtime.unit_of_work() as work:
        rows = work.session.execute(chosen).all()
        for account, announced in rows:
            work.record(staff_changed, account.id, staff_data(account, provider))
            if announced is None:
                work.session.add(AnnouncedAccount(account_id=account.id, issuer=provider, version=account.version))
            else:
                announced.version, announced.issuer = account.version, provider
    return len(rows)


def staff_data(account: Account, provider: str) -> dict[str, Any]:
    """What the other services learn of an account."""
    return {
        "account_id": account.id,
        "issuer": provider,
        "username": account.username,
        "name": account.name,
        "active": account.active,
    }


def staff_snapshots(
    session: Session, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    """Accounts that were announced, as they are."""
    chosen = (
        select(Account, AnnouncedAccount.issuer)
        .join(AnnouncedAccount, AnnouncedAccount.account_id == Account.id)
        .order_by(Account.id)
        .limit(limit)
    )
    if after is not None:
        chosen = chosen.where(Account.id > after)
    if only is not None:
        chosen = chosen.where(Account.id == only)
    return [(account.id, staff_data(account, provider)) for account, provider in session.execute(chosen)]

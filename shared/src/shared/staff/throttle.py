"""Slowing down guessing: attempts are counted per account and per address, in the database, before the password
is looked at, so that many attempts at once do not slip through."""

import hmac
from datetime import datetime, timedelta

from sqlalchemy import delete

from shared.database import UnitOfWork, dialect_of, insert_on
from shared.staff.models import SignInAttempts

FREE_ATTEMPTS = {"account": 5, "address": 30}
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)


def attempt(work: UnitOfWork, key: bytes, kind: str) -> datetime | None:
    """Count one attempt. The moment until which to wait when there were too many, else None.

    Each attempt beyond the free ones doubles the wait, up to a quarter of an hour.
    """
    row = _locked(work, key)
    if row.blocked_until is not None and row.blocked_until > work.now:
        return row.blocked_until
    if work.now - row.since > FORGOTTEN_AFTER:
        row.count = 0
    row.count += 1
    row.since = work.now
    beyond = row.count - FREE_ATTEMPTS[kind]
    row.blocked_until = work.now + min(FIRST_WAIT * 2 ** min(beyond, 10), LONGEST_WAIT) if beyond >= 0 else None
    return None


def _locked(work: UnitOfWork, key: bytes) -> SignInAttempts:
    """The key's row, made if need be: two first attempts at once must not both find none."""
    insert = insert_on(dialect_of(work.session))
    work.session.execute(
        insert(SignInAttempts).values(key=key, count=0, since=work.now).on_conflict_do_nothing(index_elements=["key"])
    )
    row: SignInAttempts | None = work.lock(SignInAttempts, key)
    assert row is not None, "the row was made in this transaction"
    return row


def forgive(work: UnitOfWork, key: bytes) -> None:
    """A success clears what was counted."""
    work.session.execute(delete(SignInAttempts).where(SignInAttempts.key == key))


def attempt_key(secret: str, kind: str, value: str) -> bytes:
    """What identifies an account name or an address here without keeping it."""
    return hmac.digest(secret.encode(), f"sign-in {kind} {value}".encode(), "sha256")

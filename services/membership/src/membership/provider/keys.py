"""Keys that sign tokens: made by need, changed every quarter, shown to clients for a day after they are retired."""

import json
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from membership.provider.models import SigningKey
from shared import encryption
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.runtime import Runtime

BITS = 2048
SIGNS_FOR = timedelta(days=90)
SHOWN_AFTERWARDS = timedelta(days=1)
"""Longer than any token lives."""


def signing_key(runtime: Runtime) -> RSAKey:
    """The private key that signs now; the first one is made when it is asked for."""
    return _opened(runtime, _current_row(runtime))


def public_keys(runtime: Runtime) -> dict[str, Any]:
    """The JSON Web Key Set that clients fetch: every key whose tokens may still be about."""
    _current_row(runtime)
    oldest = runtime.clock() - SHOWN_AFTERWARDS
    shown = select(SigningKey).where(or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > oldest))
    with runtime.reading() as session:
        rows = session.scalars(shown.order_by(SigningKey.created_at.desc())).all()
    return {"keys": [{**_opened(runtime, row).as_dict(private=False), "use": "sig", "alg": "RS256"} for row in rows]}


def public_key_set(runtime: Runtime) -> KeySet:
    """The same, for checking tokens of our own."""
    return KeySet.import_key_set(public_keys(runtime))  # type: ignore[arg-type]


def change_keys(runtime: Runtime, *, at_once: bool = False) -> int:
    """Make a new key when the present one has signed for its time; forget what nobody needs any more."""
    with runtime.unit_of_work() as work:
        row = _current(work.session)
        if row is not None and (at_once or row.created_at <= work.now - SIGNS_FOR):
            work.session.execute(update(SigningKey).where(SigningKey.retired_at.is_(None)).values(retired_at=work.now))
            _make(work, runtime)
        for old in work.session.scalars(_forgotten(work.now)):
            work.session.delete(old)
    return 0


def _current_row(runtime: Runtime) -> SigningKey:
    with runtime.reading() as session:
        row = _current(session)
    if row is None:
        with runtime.unit_of_work() as work:
            row = _current(work.session) or _make(work, runtime)
    return row


def _forgotten(now: datetime) -> Any:
    return select(SigningKey).where(SigningKey.retired_at <= now - SHOWN_AFTERWARDS)


def _current(session: Session) -> SigningKey | None:
    newest = select(SigningKey).where(SigningKey.retired_at.is_(None)).order_by(SigningKey.created_at.desc())
    return session.scalars(newest.limit(1)).first()


def _make(work: UnitOfWork, runtime: Runtime) -> SigningKey:
    kid = str(new_id())
    key = RSAKey.generate_key(BITS, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)
    sealed = encryption.seal(runtime.settings.data_keys, json.dumps(key.as_dict(private=True)), _place(kid))
    row = SigningKey(kid=kid, sealed=sealed, created_at=work.now)
    work.session.add(row)
    work.session.flush()
    work.audit("signing-key-made", f"signing-key/{kid}")
    return row


def _opened(runtime: Runtime, row: SigningKey) -> RSAKey:
    return RSAKey.import_key(json.loads(encryption.open(runtime.settings.data_keys, row.sealed, _place(row.kid))))


def _place(kid: str) -> str:
    return encryption.place("provider_signing_keys", kid, "sealed")

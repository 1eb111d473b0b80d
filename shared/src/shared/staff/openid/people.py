"""The account of somebody who came through an OpenID provider: known by issuer and subject, never by name."""

import hashlib
import re
from collections.abc import Iterator

from sqlalchemy import select

from shared.database import UnitOfWork, dialect_of, insert_on
from shared.identifiers import new_id
from shared.staff.models import Account
from shared.staff.openid.person import SignedIn

_LANGUAGES = {"zh": "zh-Hans", "en": "en"}
_NOT_IN_USERNAMES = re.compile(r"[^a-z0-9._@-]+")


def account_of(work: UnitOfWork, issuer: str, person: SignedIn) -> Account:
    """The account of this person, made without any role when they come for the first time.

    The name follows the provider's. A username that is taken by somebody else is never taken over: two people are
    not the same because they are called the same.
    """
    account = _known(work, issuer, person.subject)
    name = _name(person)
    if account is None:
        for username in _usernames(issuer, person):
            _insert(work, issuer, person, username, name)
            account = _known(work, issuer, person.subject)
            if account is not None:
                work.audit("account-added", f"account/{account.id}", grants=[], issuer=issuer)
                break
    assert account is not None, "the last username is free, because it is made from issuer and subject"
    if account.name != name and name:
        account.name = name
    return account


def _known(work: UnitOfWork, issuer: str, subject: str) -> Account | None:
    found = select(Account).where(Account.issuer == issuer, Account.issuer_subject == subject).with_for_update()
    return work.session.scalars(found).one_or_none()


def _insert(work: UnitOfWork, issuer: str, person: SignedIn, username: str, name: str) -> None:
    """Insert unless the username is taken, or the same person came in by another window at this moment."""
    insert = insert_on(dialect_of(work.session))
    work.session.execute(
        insert(Account)
        .values(
            id=new_id(),
            username=username,
            name=name or username,
            password_hash="",
            language=_LANGUAGES.get(str(person.claims.get("locale", "")).partition("-")[0]),
            active=True,
            created_at=work.now,
            version=1,
            issuer=issuer,
            issuer_subject=person.subject,
        )
        .on_conflict_do_nothing()
    )


def _usernames(issuer: str, person: SignedIn) -> Iterator[str]:
    """The name the provider prefers, made fit; then the same with a few digits that are this person's own."""
    own = hashlib.sha256(f"{issuer} {person.subject}".encode()).hexdigest()
    wished = _NOT_IN_USERNAMES.sub("", str(person.claims.get("preferred_username", "")).lower()).lstrip("._@-")[:40]
    if len(wished) > 1:
        yield wished
        yield f"{wished}-{own[:6]}"
    yield f"u-{own[:32]}"


def _name(person: SignedIn) -> str:
    for claim in ("name", "preferred_username"):
        value = person.claims.get(claim)
        if isinstance(value, str) and value.strip():
            return value.strip()[:120]
    return ""

"""Accounts: adding them, granting roles, ending them. The pages and the command line both call these."""

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.principal import ALL_BODIES, Grant
from shared.refusal import NotFound, Refused, Stale
from shared.staff.models import Account, AccountGrant, StaffSession
from shared.staff.passwords import hash_password
from shared.texts import N_

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,59}")


def add_account(
    work: UnitOfWork,
    *,
    username: str,
    name: str,
    password: str,
    grants: Iterable[Grant] = (),
    language: str | None = None,
    person_id: UUID | None = None,
    account_id: UUID | None = None,
    known_as: tuple[str, str] | None = None,
) -> Account:
    """A new account. Refused when the username is malformed or taken, or the password too short.

    ``known_as`` is the issuer and subject by which an OpenID provider names the same person.
    """
    username = username.strip().lower()
    if not _USERNAME.fullmatch(username):
        raise Refused(
            "username-malformed",
            N_("A username has 2 to 60 small letters, digits, dots or hyphens."),
            field="username",
            status=422,
        )
    if find_account(work.session, username) is not None:
        raise Refused("username-taken", N_("This username is taken."), field="username", status=409)
    account = Account(
        id=account_id or new_id(),
        username=username,
        name=name.strip() or username,
        password_hash=hash_password(password),
        language=language,
        person_id=person_id,
        active=True,
        created_at=work.now,
        version=1,
        issuer=known_as[0] if known_as else None,
        issuer_subject=known_as[1] if known_as else None,
        grants=_rows(grants),
    )
    work.session.add(account)
    work.session.flush()
    work.audit("account-added", f"account/{account.id}", grants=_written(grants_of(account)))
    return account


def set_grants(work: UnitOfWork, account_id: UUID, grants: Iterable[Grant], *, version: int | None = None) -> Account:
    """Replace the roles of an account; they count from its next request on."""
    account = _locked(work, account_id)
    if version is not None and account.version != version:
        raise Stale(account.version)
    before = grants_of(account)
    account.grants.clear()
    work.session.flush()
    account.grants.extend(_rows(grants))
    account.version += 1
    work.audit("roles-granted", f"account/{account.id}", before=_written(before), after=_written(grants_of(account)))
    return account


def set_active(work: UnitOfWork, account_id: UUID, active: bool) -> Account:
    """Let somebody in again, or keep them out: their sessions end at once. Nobody ends their own account."""
    account = _locked(work, account_id)
    if not active and work.actor.id == account.id:
        raise Refused("own-account", N_("You cannot deactivate your own account."), status=409)
    account.active = active
    account.version += 1
    if not active:
        end_sessions(work, account.id)
    work.audit("account-activated" if active else "account-deactivated", f"account/{account.id}")
    return account


def set_password(work: UnitOfWork, account_id: UUID, password: str) -> Account:
    """A new password; every session of the account ends."""
    account = _locked(work, account_id)
    account.password_hash = hash_password(password)
    account.version += 1
    end_sessions(work, account.id)
    work.audit("password-set", f"account/{account.id}")
    return account


def set_language(work: UnitOfWork, language: str) -> None:
    """The language of whoever is signed in."""
    account = work.session.get(Account, work.actor.id) if work.actor.id else None
    if account is not None:
        account.language = language


def end_sessions(work: UnitOfWork, account_id: UUID) -> None:
    work.session.execute(delete(StaffSession).where(StaffSession.account_id == account_id))


def find_account(session: Session, username: str) -> Account | None:
    return session.scalars(select(Account).where(Account.username == username.strip().lower())).one_or_none()


def get_account(session: Session, account_id: UUID) -> Account:
    """NotFound when there is none."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account")
    return account


def list_accounts(session: Session) -> Sequence[Account]:
    """Everybody, the active ones first, by username."""
    return session.scalars(select(Account).order_by(Account.active.desc(), Account.username)).all()


def administrators(session: Session, limit: int = 10) -> Sequence[str]:
    """The names of those who may give roles."""
    chosen = (
        select(Account.name)
        .join(AccountGrant)
        .where(Account.active, AccountGrant.role == "admin", AccountGrant.body == ALL_BODIES)
        .order_by(Account.name)
        .limit(limit)
    )
    return session.scalars(chosen).all()


def grants_of(account: Account) -> tuple[Grant, ...]:
    return account.principal().grants


def _locked(work: UnitOfWork, account_id: UUID) -> Account:
    account: Account | None = work.lock(Account, account_id)
    if account is None:
        raise NotFound("account")
    return account


def _rows(grants: Iterable[Grant]) -> list[AccountGrant]:
    return [AccountGrant(body=body, role=role) for body, role in {grant.body: grant.role for grant in grants}.items()]


def _written(grants: Iterable[Grant]) -> list[str]:
    return sorted(f"{grant.role} {grant.body}" for grant in grants)

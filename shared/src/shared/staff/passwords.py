"""Passwords: argon2id hashes, and length over rules (NIST SP 800-63B, section 5.1.1.2)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.refusal import Refused
from shared.texts import N_

MIN_LENGTH = 10
MAX_LENGTH = 200
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _HASHER.hash("a password that belongs to nobody")


def hash_password(password: str) -> str:
    """Refused (422) when it is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Refused(
            "password-length",
            N_("A password has at least %(least)s characters; a sentence is easy to remember."),
            field="password",
            status=422,
            least=MIN_LENGTH,
        )
    return _HASHER.hash(password)


def password_fits(password_hash: str | None, password: str) -> bool:
    """Whether it is the password. An unknown account (None) takes as long as a known one."""
    try:
        return _HASHER.verify(password_hash or _NOBODY, password[:MAX_LENGTH]) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    return _HASHER.check_needs_rehash(password_hash)

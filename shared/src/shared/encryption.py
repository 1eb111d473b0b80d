"""Sealing what must not be read from a stolen database: ID numbers, case notes, uploaded files.

AES-256-GCM (NIST SP 800-38D) with a random nonce for each sealing. What is sealed is bound to its place, so that a
value copied into another row or column cannot be opened there. Each sealed value names its key: the first key of
``Settings.data_keys`` seals, all of them open, and a value under an older key can be found and sealed again.

    sealed = encryption.seal(settings.data_keys, "text", encryption.place("talks", talk.id, "note"))
    text = encryption.open(settings.data_keys, sealed, encryption.place("talks", talk.id, "note"))

A blind index finds equal values without opening them: a keyed digest that says nothing without its key.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT = 1
_NONCE_BYTES = 12
_TAG_BYTES = 16


class CannotOpen(Exception):
    """Sealed under a key that is not at hand, for another place, or changed since. Says nothing of the content."""


def place(table: str, row: UUID | int | str, column: str) -> str:
    """Where a sealed value belongs: ``table|row|column``."""
    return f"{table}|{row}|{column}"


def seal(keys: Mapping[str, bytes], plaintext: str, context: str) -> bytes:
    """The text under the first key, bound to ``context``. ``keys`` maps key ids to 32 bytes each."""
    return seal_bytes(keys, plaintext.encode(), context)


def open(keys: Mapping[str, bytes], sealed: bytes, context: str) -> str:
    """The text that was sealed for this context; CannotOpen otherwise."""
    return open_bytes(keys, sealed, context).decode()


def seal_bytes(keys: Mapping[str, bytes], content: bytes, context: str) -> bytes:
    """As :func:`seal`, for a file's content. The layout: format, length of the key's id, its id, nonce, rest."""
    key_id, key = next(iter(keys.items()))
    header = bytes((_FORMAT, len(key_id.encode()))) + key_id.encode()
    nonce = os.urandom(_NONCE_BYTES)
    return header + nonce + AESGCM(key).encrypt(nonce, content, header + context.encode())


def open_bytes(keys: Mapping[str, bytes], sealed: bytes, context: str) -> bytes:
    """As :func:`open`, for a file's content."""
    key = keys.get(key_of(sealed))
    if key is None:
        raise CannotOpen(f"sealed under the key {key_of(sealed)!r}, which is not among the data keys")
    length = 2 + sealed[1]
    header, nonce, rest = sealed[:length], sealed[length : length + _NONCE_BYTES], sealed[length + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, rest, header + context.encode())
    except InvalidTag as error:
        raise CannotOpen("changed since it was sealed, or sealed for another place") from error


def key_of(sealed: bytes) -> str:
    """The id of the key that sealed it; CannotOpen when the bytes are none of ours."""
    if len(sealed) < 2 or sealed[0] != _FORMAT or len(sealed) < 2 + sealed[1] + _NONCE_BYTES + _TAG_BYTES:
        raise CannotOpen("not a sealed value")
    try:
        return sealed[2 : 2 + sealed[1]].decode()
    except UnicodeDecodeError as error:
        raise CannotOpen("not a sealed value") from error


def under_older_key(keys: Mapping[str, bytes], sealed: bytes) -> bool:
    """Whether the value should be sealed again because another key is the first one now."""
    return key_of(sealed) != next(iter(keys))


def blind_index(key: bytes, value: str, purpose: str) -> bytes:
    """32 bytes that are equal for equal values of one purpose (``table.column``): HMAC-SHA-256 under ``key``.

    Normalise the value first: the index knows no spelling variants.
    """
    return hmac.digest(key, f"{purpose}|{value}".encode(), hashlib.sha256)

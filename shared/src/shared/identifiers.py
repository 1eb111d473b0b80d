"""Identifiers: UUIDs of version 7 (RFC 9562, section 5.7), which sort by the time they were made."""

import uuid

import uuid_utils


def new_id() -> uuid.UUID:
    """A new UUIDv7 as a plain :class:`uuid.UUID`; later ones sort after earlier ones."""
    return uuid.UUID(int=uuid_utils.uuid7().int)

"""Identifiers: UUIDs of version 7 (RFC 9562, section 5.7), which sort by the time they were made."""

import uuid
from datetime import UTC, datetime, timedelta

import uuid_utils

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def new_id() -> uuid.UUID:
    """A new UUIDv7 as a plain :class:`uuid.UUID`; later ones sort after earlier ones."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


def lowest_id(moment: datetime) -> uuid.UUID:
    """The UUIDv7 before which all those sort that are made at this moment or later, to the millisecond."""
    return uuid.UUID(int=((moment - _EPOCH) // _MILLISECOND) << 80 | 7 << 76 | 2 << 62)


def made_at(identifier: uuid.UUID) -> datetime | None:
    """When a UUIDv7 was made, to the millisecond; None for one of another version."""
    return _EPOCH + (identifier.int >> 80) * _MILLISECOND if identifier.version == 7 else None

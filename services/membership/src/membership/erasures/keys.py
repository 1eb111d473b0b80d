"""What an import would know an erased person by: blind indexes, which tell nobody who it was."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.erasures.models import ErasedKey
from membership.settings import Centre
from shared import encryption

_PURPOSE = "erased_keys.key"
_CHUNK = 500


def keys_of(centre: Centre, name: str, *, number: str | None, born: date | None, phone: str | None) -> list[bytes]:
    """One for the ID number, one for name and birthday, one for name and telephone: as far as they are known."""
    known = [
        f"number|{number}" if number else None,
        f"born|{name}|{born.isoformat()}" if born else None,
        f"phone|{name}|{phone}" if phone else None,
    ]
    return [encryption.blind_index(centre.blind_index_key, text, _PURPOSE) for text in known if text]


def erased_among(session: Session, keys: Mapping[UUID | int, Sequence[bytes]]) -> set[UUID | int]:
    """Those whose keys are an erased person's."""
    wanted = sorted({key for some in keys.values() for key in some})
    found: set[bytes] = set()
    for start in range(0, len(wanted), _CHUNK):
        query = select(ErasedKey.key).where(ErasedKey.key.in_(wanted[start : start + _CHUNK]))
        found.update(bytes(key) for key in session.scalars(query))
    return {who for who, some in keys.items() if found.intersection(some)}

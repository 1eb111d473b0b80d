"""ID numbers at rest: sealed under the data keys, with a blind index for equality."""

from uuid import UUID

from membership.settings import Centre
from shared import encryption

_PURPOSE = "people.id_number"


def seal_number(centre: Centre, person_id: UUID, number: str) -> bytes:
    """The number, bound to this person's row."""
    return encryption.seal(centre.data_keys, number, _place(person_id))


def open_number(centre: Centre, person_id: UUID, sealed: bytes) -> str:
    """The number; shared.encryption.CannotOpen when its key is gone."""
    return encryption.open(centre.data_keys, sealed, _place(person_id))


def number_index(centre: Centre, number: str) -> bytes:
    """What equal numbers have in common, without showing them."""
    return encryption.blind_index(centre.blind_index_key, number, _PURPOSE)


def _place(person_id: UUID) -> str:
    return encryption.place("people", person_id, "id_number")

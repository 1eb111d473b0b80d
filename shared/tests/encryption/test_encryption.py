"""Sealed values open where they belong, with a key that is at hand, unchanged; and nowhere else."""

import os

import pytest

from shared import encryption
from shared.encryption import CannotOpen

OLD, NEW = os.urandom(32), os.urandom(32)
HERE = encryption.place("people", "1", "id_number")


def test_a_sealed_text_opens_at_its_place() -> None:
    sealed = encryption.seal({"k1": OLD}, "谈心 note", HERE)
    assert "谈心".encode() not in sealed
    assert encryption.open({"k1": OLD}, sealed, HERE) == "谈心 note"


def test_the_same_text_never_looks_the_same_twice() -> None:
    assert encryption.seal({"k1": OLD}, "x", HERE) != encryption.seal({"k1": OLD}, "x", HERE)


@pytest.mark.parametrize("elsewhere", ["people|2|id_number", "people|1|note", "talks|1|id_number"])
def test_a_value_copied_to_another_place_does_not_open(elsewhere: str) -> None:
    sealed = encryption.seal({"k1": OLD}, "x", HERE)
    with pytest.raises(CannotOpen):
        encryption.open({"k1": OLD}, sealed, elsewhere)


def test_an_older_key_still_opens_and_is_noticed() -> None:
    sealed = encryption.seal({"k1": OLD}, "x", HERE)
    both = {"k2": NEW, "k1": OLD}
    assert encryption.open(both, sealed, HERE) == "x"
    assert encryption.under_older_key(both, sealed)
    assert not encryption.under_older_key(both, encryption.seal(both, "x", HERE))


def test_a_missing_key_is_named_without_the_content() -> None:
    sealed = encryption.seal({"k1": OLD}, "secret", HERE)
    with pytest.raises(CannotOpen, match="'k1'") as caught:
        encryption.open({"k2": NEW}, sealed, HERE)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("position", [0, 1, 2, 5, -1])
def test_one_changed_byte_is_noticed(position: int) -> None:
    sealed = bytearray(encryption.seal({"k1": OLD}, "x", HERE))
    sealed[position] ^= 1
    with pytest.raises(CannotOpen):
        encryption.open({"k1": OLD}, bytes(sealed), HERE)


@pytest.mark.parametrize("garbage", [b"", b"\x01", b"\x01\x02ab", b"plain text of some length that is not sealed"])
def test_what_was_never_sealed_is_refused(garbage: bytes) -> None:
    with pytest.raises(CannotOpen):
        encryption.open({"k1": OLD}, garbage, HERE)


def test_a_blind_index_is_equal_for_equal_values_of_one_purpose_under_one_key() -> None:
    first = encryption.blind_index(OLD, "11010519491231002X", "people.id_number")
    assert len(first) == 32
    assert first == encryption.blind_index(OLD, "11010519491231002X", "people.id_number")
    assert first != encryption.blind_index(NEW, "11010519491231002X", "people.id_number")
    assert first != encryption.blind_index(OLD, "11010519491231002X", "cards.id_number")

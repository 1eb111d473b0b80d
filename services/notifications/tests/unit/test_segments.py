"""SMS segments against the published counting rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.wording.segments import count_segments, split_segments

MAINLAND, ABROAD = "+8610000000001", "+4915100000000"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(("length", "parts"), [(0, 1), (1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3)])
def test_mainland_counts_seventy_then_sixty_seven(length: int, parts: int) -> None:
    assert count_segments("字" * length, MAINLAND) == parts
    assert count_segments("a" * length, MAINLAND) == parts


@pytest.mark.parametrize(("text", "parts"), [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2)])
def test_abroad_the_gsm_alphabet_holds_more(text: str, parts: int) -> None:
    assert count_segments(text, ABROAD) == parts
    assert count_segments("字" * 71, ABROAD) == 2


@given(st.text(alphabet="ab字😀€[", max_size=500), st.sampled_from([MAINLAND, ABROAD]))
def test_parts_join_to_the_text_and_none_is_too_long_or_cuts_a_character(text: str, phone: str) -> None:
    parts = split_segments(text, phone)
    assert "".join(parts) == text
    if len(parts) > 1:
        assert all(0 < _units(part) <= 153 for part in parts)
    if phone == MAINLAND:
        assert all(_units(part) <= (70 if len(parts) == 1 else 67) for part in parts)


@given(st.text(alphabet=st.characters(max_codepoint=0xD7FF), max_size=600))
def test_without_surrogate_pairs_the_count_is_the_rule_of_the_price_list(text: str) -> None:
    expected = 1 if len(text) <= 70 else -(-len(text) // 67)
    assert count_segments(text, MAINLAND) == expected

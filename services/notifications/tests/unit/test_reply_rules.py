"""Words that end what is optional by SMS, numbers as gateways write them, tokens of short links, editions of drafts."""

from uuid import UUID, uuid4

import pytest

from notifications.costs.rules import Month
from notifications.preferences.rules import topics_against, wanted_channels
from notifications.replies.rules import ending_word, full_number, key_of
from notifications.short_links.rules import ids_of, is_of_staff, new_token, proves, token_of, values
from notifications.wording.approvals import Approval, check_approvals
from notifications.wording.editions import edition, read_edition


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("退订", "退订"),
        (" td ", "TD"),
        ("Ｔ。", "T"),
        ("“Stop”", "STOP"),
        ("n!", "N"),
        ("不要退订", None),
        ("NO", None),
        ("", None),
    ],
)
def test_words_are_known_in_every_width_and_case_and_alone(text: str, word: str | None) -> None:
    assert ending_word(text) == word


@pytest.mark.parametrize(
    ("phone", "country", "full"),
    [
        ("13800001234", "", "+8613800001234"),
        ("13800001234", "86", "+8613800001234"),
        ("8613800001234", "86", "+8613800001234"),
        ("0086 138-0000-1234", "", "+8613800001234"),
        ("+85251234567", "", "+85251234567"),
        ("51234567", "852", "+85251234567"),
        ("10086abc", "", "+10086"),
        ("service", "", None),
        ("1" * 30, "", None),
    ],
)
def test_numbers_get_their_country_code(phone: str, country: str, full: str | None) -> None:
    assert full_number(phone, country) == full


def test_who_ended_optional_sms_still_gets_what_is_mandatory_by_it() -> None:
    off = {"sms:optional"}
    assert wanted_channels("announcements", ["sms", "email"], off) == ["email"]
    assert wanted_channels("announcements", ["sms"], off) == []
    assert wanted_channels("affairs", ["sms"], off) == ["sms"]
    assert topics_against("email", "waiting") == ("email", "waiting")


def test_a_token_names_its_message_and_is_made_with_the_key_alone() -> None:
    message = uuid4()
    token = token_of("key", message)
    ids = ids_of(token)
    assert ids is not None
    assert ids[0] <= message <= ids[1]
    assert proves("key", token, message)
    assert not proves("other", token, message)
    assert not proves("key", token, UUID(bytes=message.bytes[:6] + bytes(10)))
    assert not is_of_staff(token)
    assert is_of_staff(new_token())
    assert ids_of("x" * 15) is None
    assert len(values("https://a.cn", token)["preferences"]) == len("https://a.cn/p/") + 16
    assert key_of(1, "a") != key_of("1a")


def test_the_code_of_a_link_carries_the_whole_link_where_the_address_is_approved() -> None:
    body, offered = "((name)) ((preferences))", {"name", "preferences", "preferences_code"}
    names = ("name", "((name))")
    assert check_approvals(body, [Approval("ali", "1", (names, ("code", "((preferences_code))")))], offered) == []
    [lacking] = check_approvals(body, [Approval("ali", "1", (names,))], offered)
    assert lacking.code == "not-carried"


def test_editions_tell_drafts_of_different_versions_apart() -> None:
    assert edition(1, 1) != edition(2, 1)
    assert read_edition(edition(7, 3)) == {"version": 3, "follows": 7}
    assert read_edition(-1)["follows"] == -1


def test_months_go_over_the_turn_of_the_year() -> None:
    assert str(Month(2026, 1).before()) == "2025-12"
    assert str(Month(2026, 11).before(-2)) == "2027-01"
    assert [Month.parse(text) for text in ("2026-13", "26-01", "2026-1", None, "2026-01-01")] == [None] * 5

"""The story says so, and its exit status too, when a claim does not hold."""

import pytest

from suite.story.mailbox import Letter
from suite.story.narrator import Narrator


def test_a_story_whose_claims_hold_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    narrator = Narrator()
    narrator.claim("the room is free", True)
    assert narrator.end() == 0
    assert "All 1 claims hold." in capsys.readouterr().out


def test_a_false_claim_is_shown_with_what_was_found_and_fails_the_story(capsys: pytest.CaptureFixture[str]) -> None:
    narrator = Narrator()
    narrator.claim("the room is free", False, found="a booking")
    assert narrator.end() == 1
    printed = capsys.readouterr().out
    assert "FALSE" in printed
    assert "found: a booking" in printed


@pytest.mark.parametrize(
    ("text", "chinese"),
    [("您已报名“小候鸟培训班”。", True), ("Your place in 小候鸟 is confirmed for Monday.", False)],
)
def test_a_message_is_chinese_when_more_than_a_name_in_it_is(text: str, chinese: bool) -> None:
    assert Letter(1, "sms", "+8610000000006", "", text, "").chinese is chinese

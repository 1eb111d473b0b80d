"""Who got which message and why, texts, rules, broadcasts and addresses by keyboard alone, in both languages."""

from collections.abc import Callable
from typing import Any

import pytest

from notifications.preferences.links import PreferenceLinks
from shared.sample import sample_id

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
AtCentre = Callable[..., Any]
both_ways = pytest.mark.parametrize(("locale", "scripts"), [("zh-CN", True), ("en", False)])


@both_ways
def test_it_is_found_out_why_somebody_got_no_message(
    at_centre: AtCentre, centre: Any, locale: str, scripts: bool
) -> None:
    name = f"没有电话{scripts:d}"
    person_id = centre.post("membership", "/people", {"name": name})["id"]
    organisation = sample_id("organisation", "UNION-2")
    joining = {"person_id": person_id, "organisation_id": str(organisation), "role": "member", "start_on": "2026-01-01"}
    centre.post("membership", "/memberships", joining)
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("notifications", "admin", "/messages")
    desk.press("Held back")
    desk.waits_for(name)
    assert desk.barriers() == {}
    desk.press(name)
    desk.reads("Why: what happened")
    assert desk.barriers() == {}


@both_ways
def test_a_broadcast_goes_out_when_a_second_person_agrees(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    writes = at_centre(locale, scripts=scripts)
    writes.sign_in("notifications", "union", "/broadcasts/")
    writes.press("Write a broadcast")
    writes.write("Title", f"停水通知 {scripts:d}")
    union = writes.page.locator(f"option[value='{sample_id('organisation', 'UNION')}']").inner_text()
    writes.choose("Organisation", union)
    writes.tick("Also members of those below it")
    writes.write("SMS in Chinese", "((name))您好，周六停水，请提前备水。")
    writes.write("Subject in Chinese", "周六停水")
    writes.write("E-mail in Chinese", "((name))您好，周六停水，请提前备水。")
    assert writes.barriers() == {}
    writes.press("Save and look at it")
    writes.reads("What it comes to")
    writes.reads("It is above the limit: somebody else has to approve it first.")
    assert writes.barriers() == {}
    writes.press("Ask for approval")
    writes.press("Hand it in")
    assert not writes.offers("Approve")
    agrees = at_centre(locale, scripts=scripts)
    agrees.sign_in("notifications", "admin", writes.page.url.removeprefix(writes.address("notifications")))
    agrees.press("Approve")
    assert agrees.barriers() == {}
    agrees.press("Approve")
    agrees.waits_for("adds up")
    agrees.press("Who got it")
    assert agrees.barriers() == {}


@both_ways
def test_a_text_is_drafted_seen_and_published(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    language = "zh-Hans" if scripts else "en"
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("notifications", "admin", f"/templates/booking-cancelled/sms/{language}")
    desk.press("Edit")
    desk.write("Text", "((name)): ((nothing))")
    desk.press("Keep as a draft")
    assert desk.page.locator(".field-error").count() == 1
    assert desk.barriers() == {}
    desk.write("Text", "((name)): off, we are sorry.")
    desk.tab_to("Preview")
    desk.page.keyboard.press("Enter")
    desk.page.frame_locator("[name=preview]").get_by_text("we are sorry").first.wait_for()
    desk.press("Keep as a draft")
    desk.press("Publish")
    assert desk.barriers() == {}
    desk.press("Publish")
    desk.reads("we are sorry")
    assert not desk.offers("Throw away")
    assert desk.barriers() == {}


@both_ways
def test_a_rule_is_changed_and_tried_on_what_happened(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("notifications", "admin", "/rules/")
    desk.press("Membership began")
    desk.press("Edit")
    desk.write("Hours that an event may be old", "47" if scripts else "46")
    desk.press("Try it on past events")
    desk.reads("What it would have done")
    assert desk.barriers() == {}
    desk.press("Save")
    desk.reads("47" if scripts else "46")
    desk.press("Try it on past events")
    desk.reads("Nothing was written or sent.")
    assert desk.barriers() == {}


@both_ways
def test_a_provider_is_slowed_down(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("notifications", "admin", "/providers/")
    assert desk.barriers() == {}
    desk.press("mailbox")
    desk.write("Messages a second", "-1")
    desk.press("Set the rate")
    assert desk.barriers() == {}
    desk.write("Messages a second", "500")
    desk.press("Set the rate")
    desk.open("notifications", "/providers/")
    desk.reads("500")


@both_ways
def test_an_address_is_left_alone_and_written_to_again(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("notifications", "admin", "/suppressions/")
    desk.press("Leave an address alone")
    desk.choose("Channel", desk.page.locator("option[value=email]").inner_text())
    desk.write("Address", f"nobody{scripts:d}@sample.invalid")
    desk.write("Why", "asked for it")
    desk.press("Leave it alone")
    desk.reads("asked for it")
    assert desk.barriers() == {}
    desk.press("Write again")
    assert "asked for it" not in desk.page.locator("main").inner_text()
    assert desk.barriers() == {}


@both_ways
def test_a_recipient_chooses_by_a_signed_link(at_centre: AtCentre, centre: Any, locale: str, scripts: bool) -> None:
    settings = centre.runtimes["notifications"].settings
    reader = at_centre(locale, scripts=scripts)
    reader.page.goto(PreferenceLinks(settings.public_url, settings.secret_key).page(sample_id("person", 90 + scripts)))
    assert reader.barriers() == {}
    before = reader.page.get_by_label(reader.words("Announcements")).is_checked()
    reader.tick("Announcements")
    reader.press("Save")
    reader.reads("Your choice is saved. It holds from now on.")
    assert reader.page.get_by_label(reader.words("Announcements")).is_checked() is not before
    assert reader.barriers() == {}

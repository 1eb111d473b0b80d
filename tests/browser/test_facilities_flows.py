"""What the desk does with rooms, by keyboard alone, in both languages."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from shared.testing.desk import day, typed

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
AtCentre = Callable[..., Any]
both_ways = pytest.mark.parametrize(("locale", "scripts"), [("zh-CN", True), ("en", False)])


@both_ways
def test_a_room_is_booked_and_moved(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    ahead = 40 + scripts
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("facilities", "union", "/bookings/new")
    desk.write("Day", typed(day(ahead)))
    desk.write("From", "1000AM")
    desk.write("Until", "1100AM")
    desk.choose("Room", "阅览室" if locale == "zh-CN" else "Reading room")
    desk.write("What for", "合唱排练")
    desk.press("Book")
    desk.reads("Confirmed")
    assert desk.barriers() == {}
    desk.press("Move")
    desk.write("From", "0200PM")
    desk.write("Until", "0330PM")
    desk.press("Move")
    desk.reads("The booking was moved.")
    desk.reads("14:00")
    desk.press("Cancel the booking")
    desk.press("Cancel the booking")
    desk.reads("The booking was cancelled; the place is free again.")
    assert desk.barriers() == {}


@both_ways
def test_requests_are_approved_and_declined_by_a_manager(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    for hour, decide in (("0900AM", "Approve"), ("0200PM", "Decline")):
        asks = at_centre(locale, scripts=scripts)
        asks.sign_in("facilities", "reception", f"/bookings/new?day={day(50 + scripts)}")
        asks.write("From", hour)
        asks.write("Until", hour.replace("00", "30", 1) if hour.startswith("09") else "0300PM")
        asks.choose("Room", "党员接待室" if locale == "zh-CN" else "Reception room")
        asks.write("What for", "座谈")
        asks.press("Book")
        asks.reads("The place is kept; a manager decides about it.")
        decides = at_centre(locale, scripts=scripts)
        decides.sign_in("facilities", "approver", asks.page.url.removeprefix(asks.address("facilities")))
        decides.press(decide)
        if decide == "Decline":
            decides.press(decide)
            assert decides.barriers() == {}  # the reason is missing
            decides.write("Reason", "another meeting")
            decides.press(decide)
        asks.page.reload()
        asks.reads("Confirmed" if decide == "Approve" else "Not approved")
        assert decides.barriers() == {}


@both_ways
def test_a_room_is_closed_and_opened_again(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    room = "党建资料室" if locale == "zh-CN" else "Archive room"
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("facilities", "approver", f"/closures/new?day={day(60 + scripts)}")
    desk.choose("What is closed", room)
    desk.write("Reason", "粉刷" if scripts else "painting")
    desk.press("Close")
    desk.reads("%(resource)s is closed for that time.", resource=room)
    desk.open("facilities", f"/bookings/new?day={day(60 + scripts)}&from=10:00&until=11:00&resource=archive")
    desk.write("What for", "Files")
    desk.press("Book")
    assert desk.barriers() == {}
    desk.open("facilities", "/closures/?sort=-since")
    desk.press("Open again")
    desk.reads("It can be booked again at once.")
    desk.press("Open again")
    desk.reads("%(resource)s can be booked again.", resource=room)
    assert desk.barriers() == {}


def next_sunday() -> date:
    """Today, on a Sunday: nobody of the sample has an evening duty then."""
    today = day(0)
    return today + timedelta(days=6 - today.weekday())


@both_ways
def test_a_shift_is_planned_filled_and_given_up_and_the_dashboard_says_so(
    at_centre: AtCentre, locale: str, scripts: bool
) -> None:
    account, name, person = ("reception", "服务台", "何雨舟") if scripts else ("union", "工会", "陆梓岚")
    theirs = at_centre(locale, scripts=scripts)
    theirs.sign_in("facilities", account, "/roster/mine")
    theirs.reads(
        "Your account is not tied to a person of the duty team. A manager can do that on the page of the team."
    )
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("facilities", "admin", "/roster/team")
    desk.press(person)
    desk.choose("Signs in as", name)
    assert desk.barriers() == {}
    desk.press("Save")
    desk.open("facilities", "/")
    before = short_of_people(desk)
    desk.open("facilities", "/roster/")
    desk.press("Plan a shift")
    desk.write("Name in Chinese", "夜间巡楼")
    desk.write("Name in English", "Night round")
    desk.write("Day", typed(next_sunday()))
    desk.write("From", "1100PM")
    desk.write("Until", "1150PM")
    desk.press("Plan", whole=True)
    desk.reads("Still needed")
    desk.press("Put somebody on duty")
    desk.choose("Who", person)
    assert desk.barriers() == {}
    desk.press("Put on duty")
    desk.reads("Fully staffed")
    assert desk.barriers() == {}
    theirs.page.reload()
    theirs.press("夜间巡楼" if scripts else "Night round")
    theirs.press("Give up")
    theirs.reads("The place is open again.")
    assert theirs.barriers() == {}
    desk.open("facilities", "/")
    assert short_of_people(desk) == before + 1
    assert desk.barriers() == {}


def short_of_people(desk: Any) -> int:
    """The figure of the first page."""
    figure = desk.page.locator(".figures > *", has_text=desk.words("shifts short of people in seven days"))
    return int("".join(one for one in figure.inner_text() if one.isdigit()))

"""An activity from its plan to its end, by keyboard alone, in both languages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.sample import sample_id
from shared.testing.desk import typed

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
AtCentre = Callable[..., Any]
both_ways = pytest.mark.parametrize(("locale", "scripts"), [("zh-CN", True), ("en", False)])


def published(desk: Any, title: str, begins: datetime, ends: datetime) -> None:
    """Plan and publish an activity of the union that needs no room."""
    desk.sign_in("activities", "union", "/activities/")
    desk.press("Plan an activity")
    desk.write("Title in Chinese", title)
    desk.tick("Trade union")
    session = desk.words("Session") + " 1, "
    desk.write(session + desk.words("Day"), typed(begins.date()))
    desk.write(session + desk.words("From"), f"{begins:%I%M%p}")
    desk.write(session + desk.words("Until"), f"{ends:%I%M%p}")
    desk.write(session + desk.words("Places"), "12")
    desk.write("Other place (Chinese)", "门前广场")
    desk.press("Save draft")
    assert desk.barriers() == {}
    desk.press("Publish")
    desk.waits_for("Register people")


def signed_up(desk: Any, name: str) -> None:
    desk.press("Register people")
    desk.write("Find people by name", name)
    desk.enter()
    desk.tick(name)
    desk.press("Register")
    desk.reads(name)


@both_ways
def test_an_activity_is_moved_and_cancelled_with_its_consequences_said(
    at_centre: AtCentre, centre: Any, locale: str, scripts: bool
) -> None:
    name = centre.get("membership", f"/people/{sample_id('person', 70 + scripts)}")["name"]
    begins = datetime.now(ZoneInfo("Asia/Shanghai")).replace(hour=14, minute=0) + timedelta(days=33)
    desk = at_centre(locale, scripts=scripts)
    published(desk, "广场健走", begins, begins + timedelta(hours=2))
    signed_up(desk, name)
    assert desk.barriers() == {}
    desk.press("Move")
    desk.write("Day", typed(begins.date() + timedelta(days=1)))
    assert desk.barriers() == {}
    desk.press("Move")
    desk.press("Cancel it")
    assert desk.barriers() == {}
    desk.write("Reason", "暴雨预警")
    desk.press("Cancel the activity")
    desk.reads("暴雨预警")
    assert desk.barriers() == {}


@both_ways
def test_who_comes_is_checked_in(at_centre: AtCentre, centre: Any, locale: str, scripts: bool) -> None:
    name = centre.get("membership", f"/people/{sample_id('person', 74 + scripts)}")["name"]
    begins = datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(minutes=10)
    if begins.hour == 23 and begins.minute > 40:  # a session stays within its day
        begins = begins.replace(hour=0, minute=1) + timedelta(days=1)
    desk = at_centre(locale, scripts=scripts)
    published(desk, "门前义诊", begins, begins + timedelta(minutes=10))
    signed_up(desk, name)
    desk.press("Check-in")
    desk.reads("%(present)s of %(all)s are here", present=0, all=1)
    desk.press("Present")
    desk.reads("%(present)s of %(all)s are here", present=1, all=1)
    assert desk.barriers() == {}
    desk.press("Absent")
    desk.reads("%(present)s of %(all)s are here", present=0, all=1)

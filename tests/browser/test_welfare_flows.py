"""Talks, disputes, relief, funds and campaigns by keyboard alone, in both languages."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.sample import sample_id
from shared.testing.desk import day, typed

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
AtCentre = Callable[..., Any]
both_ways = pytest.mark.parametrize(("locale", "scripts"), [("zh-CN", True), ("en", False)])


def named(centre: Any, number: int) -> str:
    name: str = centre.get("membership", f"/people/{sample_id('person', number)}")["name"]
    return name


def chosen(desk: Any, name: str) -> None:
    """Somebody looked for by name and chosen."""
    desk.write("Search by name", name)
    desk.enter()
    desk.press(name)


@both_ways
def test_a_talk_is_arranged_and_another_one_written_down(
    at_centre: AtCentre, centre: Any, locale: str, scripts: bool
) -> None:
    name = named(centre, 273 + scripts)
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("welfare", "union", "/talks/")
    desk.press("Make an appointment")
    chosen(desk, name)
    desk.write("Begins", f"{typed(day(20 + scripts))}\t0300PM")
    assert desk.barriers() == {}
    desk.press("Ask for the room")
    desk.waits_for("Scheduled")
    assert desk.barriers() == {}
    desk.press("Talks")
    desk.press("Write down a talk")
    chosen(desk, name)
    desk.write("Begins", f"{typed(day(-3))}\t0300PM")
    desk.pick("Advised")
    desk.write("Note", "谈了近况。")
    desk.press("Save")
    desk.reads("Confidential. Opening it is noted with your name.")
    assert "谈了近况" not in desk.page.content()
    desk.press("Open and read")
    desk.reads("谈了近况。")
    assert desk.barriers() == {}


@both_ways
def test_a_dispute_is_taken_up_and_settled(at_centre: AtCentre, centre: Any, locale: str, scripts: bool) -> None:
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("welfare", "union", "/disputes/")
    desk.press("Open a dispute")
    for number in (275, 277):
        chosen(desk, named(centre, number + scripts))
    desk.press("Go on with these people")
    desk.pick("Wages")
    desk.write("What it is about", "加班工资")
    assert desk.barriers() == {}
    desk.press("Take it up")
    desk.press("Write down a session")
    desk.write("What was said", "双方各自说明。")
    desk.press("Save")
    desk.press("They agreed")
    desk.write("What was agreed", "下月补发。")
    desk.press("Settle the dispute")
    desk.reads("Open and read")
    assert not desk.offers("They agreed")
    assert desk.barriers() == {}


@both_ways
def test_relief_is_visited_decided_and_paid_within_its_fund(
    at_centre: AtCentre, centre: Any, locale: str, scripts: bool
) -> None:
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("welfare", "union", "/relief/")
    desk.press("Apply for relief")
    chosen(desk, named(centre, 279 + scripts))
    desk.write("Amount asked for, in yuan", "600")
    desk.pick("Illness")
    desk.press("Write it down")
    case = desk.page.url.removeprefix(desk.address("welfare"))
    for username, step, save in (
        ("reception", "Write down the visit", "Save"),
        ("approver", "Approve", "Approve"),
        ("admin", "Pay out", "Pay out"),
    ):
        other = at_centre(locale, scripts=scripts)
        other.sign_in("welfare", username, case)
        other.press(step)
        assert other.barriers() == {}
        other.press(save)
        assert other.barriers() == {}
    other.reads("¥600.00")
    other.open("welfare", "/funds/")
    other.press("爱心救助金" if locale == "zh-CN" else "Loving-heart relief fund")
    other.reads("¥600.00")
    assert other.barriers() == {}


@both_ways
def test_a_campaign_is_planned_opened_and_closed(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("welfare", "union", "/campaigns/")
    desk.press("Plan a campaign")
    desk.write("Name in Chinese", f"开学季{scripts:d}")
    desk.write("Name in English", f"Back to school {scripts:d}")
    desk.write("First day", typed(day(0)))
    desk.write("Last day", typed(day(9)))
    assert desk.barriers() == {}
    desk.press("Plan it")
    for step in ("Open the campaign", "Close the campaign"):
        desk.press(step)
        assert desk.barriers() == {}
        desk.press(step)
        assert desk.barriers() == {}
    assert not desk.offers("Close the campaign")

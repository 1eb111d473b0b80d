"""The desk's main jobs in a real browser, by keyboard alone, against every process of the suite."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from shared.testing.desk import day, typed
from shared.testing.processes import wait_until

pytestmark = pytest.mark.timeout(300)
SitDown = Callable[..., Any]
# Bytes over the wire: of the first page somebody opens, and of each page after that.
FIRST_LOAD, LATER_LOAD = 250_000, 40_000


def add_room(suite: Any, code: str, name_zh: str, name_en: str) -> None:
    suite.post(
        "facilities",
        "/resources",
        {"code": code, "kind": "room", "name_zh": name_zh, "name_en": name_en, "capacity": 40},
    )
    wait_until(lambda: all_heard(suite, "activities", "facilities", "resource.changed"), 60, "the room known")


def add_person(suite: Any, name: str, **more: Any) -> str:
    """Registered, and known to the services that hear of it."""
    person_id: str = suite.post("membership", "/people", {"name": name, **more})["id"]
    for consumer, event in (
        ("activities", "person.registered"),
        ("welfare", "person.registered"),
        ("notifications", "contact.changed"),
    ):
        heard = partial(all_heard, suite, consumer, "membership", event)
        wait_until(heard, 60, f"{event} known in {consumer}")
    return person_id


def all_heard(suite: Any, consumer: str, publisher: str, event: str) -> bool:
    ids = suite.recorded(publisher, event)
    counts = suite.inbox_counts(consumer, ids)
    return bool(ids) and counts.get("done", 0) + counts.get("passed", 0) == len(ids)


def test_one_sign_in_opens_every_service_and_one_sign_out_closes_them(sit_down: SitDown) -> None:
    desk = sit_down("en")
    desk.open("facilities", "/bookings/")
    desk.press("Sign in once for all services")
    assert str(desk.suite.ports["membership"][0]) in desk.page.url
    desk.write("Username", "desk")
    desk.write("Password", "a long enough sentence")
    desk.press("Sign in")
    assert desk.page.url.endswith(f"{desk.suite.ports['facilities'][0]}/bookings/")
    for service in ("activities", "welfare"):
        desk.open(service, "/sign-in")
        desk.press("Sign in once for all services")
        desk.page.get_by_role("button", name="Sign out").wait_for()
        assert str(desk.suite.ports[service][0]) in desk.page.url
    desk.press("Sign out")
    desk.reads("Sign in again")
    desk.open("membership", "/people/")
    desk.reads("Username")

    def signed_out_of(service: str) -> bool:
        desk.open(service, "/staff/")
        return "/sign-in" in desk.page.url

    wait_until(lambda: signed_out_of("facilities"), 30, "signed out of facilities too")
    wait_until(lambda: signed_out_of("activities"), 30, "signed out of activities too")


@pytest.mark.parametrize(
    ("locale", "wrong", "welcome", "leave"),
    [("zh-CN", "用户名或密码", "人员", "退出"), ("en", "do not go together", "People", "Sign out")],
)
def test_signing_in_and_out(sit_down: SitDown, locale: str, wrong: str, welcome: str, leave: str) -> None:
    desk = sit_down(locale)
    desk.open("membership", "/people/")
    user, password, send = {"zh-CN": ("用户名", "密码", "登录"), "en": ("Username", "Password", "Sign in")}[locale]
    desk.write(user, "desk")
    desk.write(password, "something else")
    desk.press(send)
    desk.reads(wrong)
    assert desk.barriers() == {}
    desk.sign_in("membership", path="/people/")
    desk.reads(welcome)
    desk.press(leave)
    desk.open("membership", "/people/")
    assert "/sign-in" in desk.page.url


def test_a_parent_and_a_child_are_registered(sit_down: SitDown, suite: Any) -> None:
    desk = sit_down("zh-CN")
    desk.sign_in("membership", path="/people/")
    desk.press("登记人员")
    desk.write("姓名", "王秀兰")
    desk.write("手机", "138 00")
    desk.press("登记")
    desk.reads("电话号码无效")
    desk.write("手机", "138 0013 8001")
    desk.press("登记")
    desk.reads("138 0013 8001")
    desk.press("登记儿童")
    desk.write("姓名", "王小宝")
    desk.write("出生日期", typed(day(-9 * 365)))
    desk.press("登记")
    desk.reads("未满 14 周岁须有监护人同意")
    desk.write("监护人同意日期", typed(day(-1)))
    desk.write("同意书", "2026-18")
    desk.press("登记")
    desk.reads("由监护人转达")
    desk.press("王秀兰")
    desk.reads("王小宝")


def test_a_room_is_booked_and_a_taken_time_leads_to_a_free_one(sit_down: SitDown, suite: Any) -> None:
    add_room(suite, "reading", "阅览室", "Reading room")
    desk = sit_down("en")
    desk.sign_in("facilities", path=f"/bookings/new?day={day(7)}&from=10:00&until=11:00&resource=reading")
    desk.write("What for", "Choir practice")
    desk.press("Book")
    desk.reads("Confirmed")
    desk.open("facilities", f"/bookings/new?day={day(7)}&from=10:00&until=11:00&resource=reading")
    desk.write("What for", "Chess")
    desk.tab_to("Who books")
    desk.press("Book")
    desk.reads("Nearest that is free")
    desk.press(f"{day(7):%a} {day(7).day} {day(7):%b %Y}")
    desk.tab_to("Who books")
    desk.press("Book")
    desk.reads("Chess")
    desk.reads("Confirmed")


def test_an_activity_from_its_plan_to_the_message_that_it_is_off(sit_down: SitDown, suite: Any) -> None:
    add_room(suite, "activity", "活动室", "Activity room")
    add_person(suite, "孔安溪", phone="+8613800138002")
    add_person(suite, "没电话")
    desk = sit_down("zh-CN")
    desk.sign_in("activities", "union", "/activities/")
    desk.press("策划活动")
    desk.write("中文名称", "瑜伽体验课")
    desk.tick("工会")
    desk.write("场次 1, 日期", typed(day(20)))
    desk.write("场次 1, 开始", "0200PM")
    desk.write("场次 1, 结束", "0330PM")
    desk.write("场次 1, 名额", "20")
    desk.choose("需求 1, 场地", "活动室")
    desk.press("保存草稿")
    desk.press("发布")
    desk.waits_for("已发布")
    desk.reads("活动室")
    for name in ("孔安溪", "没电话"):
        desk.press("登记报名")
        desk.write("按姓名查找", name)
        desk.enter()
        desk.tick(name)
        desk.press("报名")
        desk.reads(name)
    desk.press("取消活动")
    desk.write("原因", "教师生病")
    desk.press("取消活动")
    desk.reads("教师生病")
    wait_until(lambda: len(suite.mailbox("+8613800138002")) == 2, 60, "both messages in the mailbox")
    why_nothing_came(sit_down("en"))


def why_nothing_came(desk: Any) -> None:
    """Two people were told, one of them was not: notifications says why."""
    desk.sign_in("notifications", path="/messages")
    desk.reads("138 0013 8002")
    desk.press("孔安溪")
    desk.reads("瑜伽体验课")
    desk.press("Held back")
    desk.waits_for("没电话")
    desk.press("没电话")
    desk.reads("Why: what happened")
    assert desk.barriers() == {}


def test_relief_goes_through_four_hands_without_scripts(sit_down: SitDown, suite: Any) -> None:
    suite.post(
        "welfare",
        "/funds",
        {"code": "care", "name_zh": "爱心救助金", "name_en": "Care fund", "body": "*", "budget": "5000.00"},
    )
    person_id = add_person(suite, "戚佳珩", phone="+8613800138003")
    desk = sit_down("en", scripts=False)
    desk.sign_in("welfare", "union", "/choose/relief?q=戚佳珩")
    desk.press("戚佳珩")
    assert person_id in desk.page.url
    desk.write("Amount asked for", "1500.005")
    desk.press("Write it down")
    desk.reads("at most two")
    desk.write("Amount asked for", "1500")
    desk.tick("Illness")
    desk.press("Write it down")
    case = desk.page.url.partition("/relief/")[2]
    for username, step, fields, done in (
        ("cashier", "Write down the visit", {}, "Waiting for a decision"),
        ("approver", "Approve", {}, "¥1,500.00"),
        ("desk", "Pay out", {"Number of the receipt": "R-1"}, "Paid"),
    ):
        other = sit_down("en", scripts=False)
        other.sign_in("welfare", username, f"/relief/{case}")
        other.press(step)
        for label, text in fields.items():
            other.write(label, text)
        other.press(step if step != "Write down the visit" else "Save")
        other.reads(done)
    wait_until(lambda: len(suite.mailbox("+8613800138003")) == 2, 60, "news of the decision and of the payment")


def test_a_list_is_sorted_and_an_overtaken_edit_is_settled_by_keyboard(sit_down: SitDown, suite: Any) -> None:
    add_room(suite, "studio", "排练室", "Studio")
    add_room(suite, "annex", "附楼", "Annex")
    desk, other = sit_down("en"), sit_down("zh-CN")
    desk.sign_in("facilities", path="/resources/")
    desk.press("Name")
    assert "sort=name" in desk.page.url
    desk.press("Name")
    heading = desk.page.locator("[aria-sort]")
    assert (heading.inner_text(), heading.get_attribute("aria-sort")) == ("Name", "descending")
    desk.press("Annex")
    desk.press("Change")
    other.sign_in("facilities", path=desk.page.url.partition(str(suite.ports["facilities"][0]))[2])
    other.write("英文名称", "Garden house")
    other.press("保存")
    other.reads("附楼")
    desk.write("Name in English", "Summer house")
    desk.press("Save")
    desk.reads("Desk saved on")
    desk.reads("Both changed it")
    assert desk.barriers() == {}
    desk.tab_to("Name in English: Garden house", field=True)
    desk.page.keyboard.press("ArrowRight")
    desk.press("Save what is chosen")
    desk.reads("The change is saved.")
    desk.page.get_by_role("heading", name="Summer house", level=1).wait_for()


MAIN_PAGES = {
    "membership": ("/", "/people/", "/people/{person}", "/people/new", "/organisations/", "/imports/new"),
    "facilities": (
        "/",
        "/calendar/",
        "/calendar/week",
        "/calendar/resource",
        "/bookings/new",
        "/resources/?sort=people",
    ),
    "activities": ("/", "/activities/", "/activities/new"),
    "welfare": ("/", "/relief/", "/relief/new?person={person}", "/report/"),
    "notifications": ("/", "/messages", "/templates/", "/rules/", "/deliveries/", "/staff/new"),
}


@pytest.mark.parametrize(("locale", "dark"), [("zh-CN", False), ("en", True)])
def test_the_main_pages_have_no_barriers_and_are_light(sit_down: SitDown, suite: Any, locale: str, dark: bool) -> None:
    person_id = add_person(suite, "方明岚", email="fang@example.com")
    desk = sit_down(locale, dark=dark)
    loaded = desk.loads()
    found, heavy = {}, {}
    for service, paths in MAIN_PAGES.items():
        loaded.clear()
        desk.open(service, "/sign-in")
        assert 0 < sum(loaded) < FIRST_LOAD, service
        desk.sign_in(service)
        for path in paths:
            address = path.format(person=person_id)
            desk.open(service, address)
            found[service + path] = desk.barriers()
            if not dark:
                loaded.clear()
                desk.open(service, address)
                heavy[service + path] = sum(loaded)
    assert {page: wrong for page, wrong in found.items() if wrong} == {}
    assert {page: size for page, size in heavy.items() if size > LATER_LOAD} == {}

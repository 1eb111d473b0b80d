"""Somebody who is called at night: finds what fails, reads why, mends it by the keyboard alone."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from shared.database.tables import InboxRow
from shared.runtime import Runtime
from shared.testing.delivery import HandMadeMessage, event, take_in
from shared.testing.processes import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
SitDown = Callable[..., Any]
QUEUE = "activities.membership-events"
BROKEN = "LookupError: no such column: sessions.place"
WRONG = "ValueError: the data is not what is needed here: ['name']"


@pytest.fixture
def failed(suite: Any) -> Callable[..., UUID]:
    """An event that activities received and gave up on, as it would be ten attempts later."""
    runtime: Runtime = suite.runtimes["activities"]

    def one(error: str, **data: Any) -> UUID:
        person_id = uuid4()
        made = event(
            "membership", "person.registered", person_id, {"person_id": str(person_id), **data}, runtime=runtime
        )
        with runtime.database.writing() as session:
            message = HandMadeMessage(QUEUE, made.to_json().encode())
            take_in(session, [message], sources={QUEUE: "/services/membership"}, now=runtime.clock())
            gave_up = {"status": "attention", "attempts": 10, "error": error}
            session.execute(update(InboxRow).where(InboxRow.event_id == made.id).values(gave_up))
        return made.id

    return one


def status(suite: Any, event_id: UUID) -> str:
    with suite.runtimes["activities"].reading() as session:
        found: str = session.scalars(select(InboxRow.status).where(InboxRow.event_id == event_id)).one()
        return found


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("zh-CN", ("全部重试", "原因", "重试 3 个事件", "跳过…", "跳过事件", "已跳过", "失败原因")),
        ("en", ("Retry all of it", "Reason", "Retry 3 events", "Skip…", "Skip the event", "Skipped", "Why it failed")),
    ],
)
def test_what_fails_is_found_understood_and_mended_by_keyboard(
    sit_down: SitDown, suite: Any, failed: Callable[..., UUID], locale: str, words: tuple[str, ...]
) -> None:
    retry_all, reason, retry, skip, skip_it, skipped, why = words
    mended = [failed(BROKEN, name="王秀兰", sample=False) for _ in range(3)]
    lost = failed(WRONG)
    desk = sit_down(locale)
    desk.sign_in("activities", path="/deliveries/")
    desk.reads(BROKEN)
    assert desk.barriers() == {}
    desk.press(retry_all)
    assert desk.barriers() == {}
    desk.write(reason, "place is back")
    desk.press(retry)
    wait_until(lambda: {status(suite, each) for each in mended} == {"done"}, 60, "the retried events handled")
    desk.open("activities", "/deliveries/?kind=attention")
    desk.reads(WRONG)
    desk.press("membership · person.registered")
    desk.reads(why)
    desk.reads(str(lost))
    assert desk.barriers() == {}
    desk.press(skip)
    assert desk.barriers() == {}
    desk.write(reason, "registered by mistake")
    desk.press(skip_it)
    desk.reads(skipped)
    desk.reads("registered by mistake")
    assert status(suite, lost) == "skipped"


def test_an_event_is_followed_from_its_publisher_to_what_it_led_to(sit_down: SitDown, suite: Any) -> None:
    suite.post("membership", "/people", {"name": "钟离安", "phone": "+8613800138009"})
    [*_, event_id] = suite.recorded("membership", "person.registered")
    heard = {"done": 1}
    wait_until(lambda: suite.inbox_counts("activities", [event_id]) == heard, 60, "the event handled")
    desk = sit_down("en")
    for service in ("membership", "activities"):
        desk.sign_in(service)
    desk.open("membership", "/deliveries/?kind=published")
    desk.write("Number of an event", str(event_id))
    desk.enter()
    desk.waits_for("the broker confirmed that it keeps it")
    desk.press("See it in Activities")
    assert f"{suite.ports['activities'][0]}/deliveries/events/{event_id}" in desk.page.url
    desk.reads("Handled: it had its effect here")
    desk.press("See it in Membership")
    desk.reads("Published by this service")


@pytest.mark.parametrize(("locale", "dark"), [("zh-CN", True), ("en", False)])
def test_every_list_works_without_scripts_and_without_barriers(
    sit_down: SitDown, suite: Any, failed: Callable[..., UUID], locale: str, dark: bool
) -> None:
    number = failed(WRONG)
    plain = sit_down(locale, scripts=False)
    plain.sign_in("activities", path=f"/deliveries/?q={number}")
    plain.reads(str(number))
    desk = sit_down(locale, dark=dark)
    desk.sign_in("activities")
    found = {}
    kinds = ("attention", "retrying", "waiting", "refused", "handled", "noted", "unpublished", "unrouted", "published")
    for path in (*(f"?kind={kind}" for kind in kinds), "ask", f"events/{uuid4()}", f"requests/{uuid4()}"):
        desk.open("activities", f"/deliveries/{path}")
        found[path] = desk.barriers()
    assert {page: wrong for page, wrong in found.items() if wrong} == {}
    with suite.runtimes["activities"].database.writing() as session:
        session.execute(update(InboxRow).where(InboxRow.event_id == number).values(status="skipped"))

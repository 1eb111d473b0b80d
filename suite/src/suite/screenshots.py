"""``python -m suite.screenshots``: takes the pictures of docs/screenshots of a suite that ``./run --fresh`` started."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kombu import Connection  # type: ignore[attr-defined]

import shared.bus.spool_transport  # noqa: F401  (kombu finds spool:// by it)
from shared.sample import PASSWORD
from suite.chromium import chromium
from suite.layout import ROOT, Layout
from suite.screen import say

FOLDER = ROOT / "docs" / "screenshots"
WIDTH, TALLEST = 1280, 1675
# A picture that is larger makes the README slow where lines are slow.
MOST_BYTES = 200_000
_QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")


@dataclass(frozen=True)
class Picture:
    """One page. ``follow`` is the link to go on by, by the words it begins with; ``service`` None is the mailbox."""

    name: str
    service: str | None
    path: str
    locale: str
    follow: str | None = None
    tallest: int = TALLEST


PICTURES = (
    Picture("day-zh", "facilities", "/calendar/", "zh-CN"),
    Picture("activity-en", "activities", "/activities/", "en", "Little migratory birds"),
    Picture(
        "message-zh", "notifications", "/messages?channel=sms&event=activities.registration.waitlisted", "zh-CN", ""
    ),
    Picture("deliveries-en", "activities", "/deliveries/?kind=refused", "en"),
    Picture("report-zh", "welfare", "/report/", "zh-CN"),
    Picture("mailbox-zh", None, "/?lang=zh", "zh-CN", tallest=800),
)


# What nobody can read: the page of refused events has to show something.
_ROUTE = "membership.person.registered.v1"
_STRANGE = (
    (b"{ this is not json", "application/cloudevents+json"),
    (b"<event/>", "text/xml"),
    (b'{"specversion": "1.0", "source": "/services/membership"}', "application/cloudevents+json"),
)


def main() -> int:
    layout = Layout.from_environment()
    _send_what_nobody_can_read(layout)
    FOLDER.mkdir(parents=True, exist_ok=True)
    too_large = []
    with _browser() as browser:
        for picture in PICTURES:
            target = FOLDER / f"{picture.name}.png"
            _take(browser, layout, picture, str(target))
            say(f"  {target.relative_to(ROOT)}  {target.stat().st_size / 1000:.0f} kB")
            if target.stat().st_size > MOST_BYTES:
                too_large.append(picture.name)
    if too_large:
        say(f"Larger than {MOST_BYTES / 1000:.0f} kB: {', '.join(too_large)}")
    return 1 if too_large else 0


def _send_what_nobody_can_read(layout: Layout) -> None:
    with Connection(layout.bus_url) as link:  # type: ignore[no-untyped-call]
        channel = link.channel()
        for body, content_type in _STRANGE:
            message = channel.prepare_message(body, content_type=content_type, content_encoding="binary", headers={})
            channel.basic_publish(message, exchange="membership.events", routing_key=_ROUTE)
    # The workers need a moment; a picture without them would show an empty page.
    time.sleep(3)


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(_QUIET))
        yield browser
        browser.close()


def _take(browser: Any, layout: Layout, picture: Picture, target: str) -> None:
    port = layout.port(picture.service) if picture.service else layout.mailbox_http_port
    context = browser.new_context(
        locale=picture.locale, color_scheme="light", viewport={"width": WIDTH, "height": 800}, bypass_csp=True
    )
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}{picture.path}")
    if picture.service:
        page.fill("#username", "admin")
        page.fill("#password", PASSWORD)
        with page.expect_navigation():
            page.press("#password", "Enter")
        page.goto(f"http://127.0.0.1:{port}{picture.path}")
    if picture.follow is not None:
        link = page.locator("main tbody th a", has_text=picture.follow).first
        with page.expect_navigation():
            link.click()
    # Soft shadows make up a fifth of a picture's bytes and nothing of what it says.
    page.add_style_tag(content="* { box-shadow: none !important; }")
    height = min(page.evaluate("document.documentElement.scrollHeight"), picture.tallest)
    page.screenshot(path=target, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
    context.close()


if __name__ == "__main__":
    sys.exit(main())

"""``python -m suite.screenshots``: takes the pictures of docs/screenshots of a suite that ``./run --fresh`` started."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kombu import Connection  # type: ignore[attr-defined]
from PIL import Image

import shared.bus.spool_transport  # noqa: F401  (kombu finds spool:// by it)
from shared.sample import PASSWORD
from suite.chromium import QUIET, chromium
from suite.layout import ROOT, Layout
from suite.screen import say

FOLDER = ROOT / "docs" / "screenshots"
WIDTH, TALLEST = 1280, 1675
# A picture that is larger makes the README slow where lines are slow.
MOST_BYTES = 200_000


@dataclass(frozen=True)
class Picture:
    """One page as ``username`` sees it; nobody is signed in without one. ``service`` None is the mailbox.

    ``follow`` are the links to go on by, each by the words it begins with.
    """

    name: str
    service: str | None
    path: str
    locale: str
    username: str = "admin"
    follow: tuple[str, ...] = ()
    tallest: int = TALLEST
    dark: bool = False


PICTURES = (
    Picture("today-zh", "membership", "/", "zh-CN", "party"),
    Picture("sign-in-dark-en", "membership", "/sign-in", "en", "", tallest=800, dark=True),
    Picture("person-zh", "membership", "/people/new", "zh-CN", "reception"),
    Picture("development-zh", "membership", "/development/?stage=target", "zh-CN", "party", ("",)),
    Picture("branch-zh", "membership", "/branches/", "zh-CN", "party", ("",)),
    Picture("day-zh", "facilities", "/calendar/", "zh-CN"),
    Picture("room-zh", "facilities", "/calendar/resource?resource=reading", "zh-CN", "reception"),
    Picture("roster-zh", "facilities", "/roster/", "zh-CN", "party"),
    Picture("activity-en", "activities", "/activities/", "en", follow=("Little migratory birds",)),
    Picture("relief-dark-zh", "welfare", "/relief/?state=visited", "zh-CN", "union", ("",), dark=True),
    Picture("report-zh", "welfare", "/report/", "zh-CN"),
    Picture("notifications-dark-en", "notifications", "/", "en", dark=True),
    Picture(
        "message-zh",
        "notifications",
        "/messages?channel=sms&event=activities.registration.waitlisted",
        "zh-CN",
        follow=("",),
    ),
    Picture("broadcast-en", "notifications", "/broadcasts/?state=waiting", "en", follow=("",)),
    Picture("editor-zh", "notifications", "/templates/registration-confirmed/sms/zh-Hans/edit", "zh-CN"),
    Picture("deliveries-en", "activities", "/deliveries/?kind=refused", "en"),
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
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield browser
        browser.close()


def _take(browser: Any, layout: Layout, picture: Picture, target: str) -> None:
    port = layout.port(picture.service) if picture.service else layout.mailbox_http_port
    context = browser.new_context(
        locale=picture.locale,
        color_scheme="dark" if picture.dark else "light",
        viewport={"width": WIDTH, "height": 800},
        bypass_csp=True,
    )
    page = context.new_page()
    address = f"http://127.0.0.1:{port}{picture.path}"
    page.goto(address)
    if picture.service and picture.username:
        page.fill("#username", picture.username)
        page.fill("#password", PASSWORD)
        with page.expect_navigation():
            page.press("#password", "Enter")
        page.goto(address)
    for words in picture.follow:
        link = page.locator("main tbody th a", has_text=words).first
        with page.expect_navigation():
            link.click()
    # Soft shadows make up a fifth of a picture's bytes and nothing of what it says.
    page.add_style_tag(content="* { box-shadow: none !important; }")
    height = min(page.evaluate("document.documentElement.scrollHeight"), picture.tallest)
    page.screenshot(path=target, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
    context.close()
    _reduce(target)


def _reduce(target: str) -> None:
    """Keep the 256 colours that matter: a page has few, and letters' edges need no more."""
    with Image.open(target) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    sys.exit(main())

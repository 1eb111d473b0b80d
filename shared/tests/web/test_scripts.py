"""The small comforts of kit.js in a real browser, on the demo."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import PASSWORD, add_staff
from suite.chromium import chromium

pytestmark = pytest.mark.long
ENTRIES = """() => {
  const link = document.querySelector(".day-entry[href]").href;
  for (const entry of document.querySelectorAll("span.day-entry")) {
    const made = document.createElement("a");
    made.href = link;
    made.className = entry.className;
    made.append(...entry.childNodes);
    entry.replaceWith(made);
  }
}"""


@pytest.fixture
def page(app: Flask, runtime: Runtime) -> Iterator[Any]:
    """A browser at the demo in which the administrator is signed in, in English; ten of thirty things are chess."""
    from demo.things import add_thing
    from playwright.sync_api import sync_playwright

    add_staff(runtime, "wang", Grant("admin", "*"), language="en")
    with runtime.unit_of_work() as work:
        for number in range(30):
            add_thing(work, name=f"{'Go' if number % 3 else 'Chess'} {number}", body="union")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = Thread(target=server.serve_forever)
    serving.start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        opened = browser.new_context(base_url=f"http://127.0.0.1:{server.server_port}", locale="en-GB").new_page()
        opened.goto("/sign-in")
        opened.fill("[name=username]", "wang")
        opened.fill("[name=password]", PASSWORD)
        opened.click("main .btn-main")
        opened.wait_for_url("**/things/")
        yield opened
        browser.close()
    server.shutdown()
    serving.join()
    server.server_close()


def test_a_list_is_filtered_while_somebody_types(page: Any) -> None:
    status = page.locator("form[data-live-search] [role=status]")
    page.focus("input[type=search]")
    page.keyboard.type("Chess")
    page.wait_for_url("**/things/?q=Chess")
    assert page.locator("tbody tr").count() == 10
    assert status.inner_text() == "Entries shown: 10"
    page.keyboard.type(" of ivory")
    page.wait_for_selector(".empty")
    assert status.inner_text() == "Entries shown: 0"
    assert page.evaluate("document.activeElement.name") == "q"
    page.reload()
    assert page.input_value("input[type=search]") == "Chess of ivory"


def test_the_first_wrong_field_has_the_focus(page: Any) -> None:
    page.goto("/things/new")
    page.fill("[name=note]", "no name")
    page.click("main .btn-main")
    page.wait_for_selector(".error-summary")
    assert page.evaluate("document.activeElement.id") == "name"


def test_arrow_keys_lead_from_entry_to_entry_of_a_calendar(page: Any) -> None:
    page.goto("/things/calendar")
    page.evaluate(ENTRIES)
    page.focus("a.day-entry:has-text('预约')")
    for key, title in (
        ("ArrowRight", "整理"),
        ("ArrowDown", "小候鸟"),
        ("ArrowRight", "红色故事"),
        ("ArrowLeft", "小候鸟"),
        ("ArrowUp", "整理"),
    ):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.querySelector('strong').textContent") == title

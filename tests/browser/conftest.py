"""A browser in front of the whole suite, and somebody at the desk who uses the keyboard alone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from shared.identifiers import new_id
from shared.principal import Grant
from shared.staff.accounts import add_account
from shared.testing.buses import bus_of
from suite.chromium import chromium

PASSWORD = "a long enough sentence"
STAFF = {
    "desk": (Grant("admin", "*"),),
    "union": (Grant("manager", "union"),),
    "approver": (Grant("manager", "*"),),
    "cashier": (Grant("officer", "*"),),
}
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
MOST_TABS = 150
# What a screen reader would call the control that has the focus; and whether something can be typed into it.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return ["", false];
  const labels = one.labels && one.labels.length ? [...one.labels].map(label => label.innerText).join(" ") : "";
  const name = one.getAttribute("aria-label") || labels || one.innerText || one.placeholder || "";
  return [name.replace(/\\s+/g, " ").trim(), one.matches("input, select, textarea")];
}"""
SIGN_IN = {"zh-CN": ("用户名", "密码", "登录"), "en": ("Username", "Password", "Sign in")}


class Desk:
    """A page of the browser, used by keyboard. Controls are found by their names with the Tab key, as people do."""

    def __init__(self, page: Page, suite: Any, locale: str) -> None:
        self.page = page
        self.suite = suite
        self.locale = locale

    def open(self, service: str, path: str = "/") -> None:
        self.page.goto(f"http://127.0.0.1:{self.suite.ports[service][0]}{path}")

    def sign_in(self, service: str, username: str = "desk", path: str = "/") -> None:
        """Open this page of a service and sign in on the way."""
        user, password, send = SIGN_IN[self.locale]
        self.open(service, path)
        self.write(user, username)
        self.write(password, PASSWORD)
        self.press(send)

    def tab_to(self, name: str, *, field: bool = False) -> None:
        """Tab until the control whose name begins like this has the focus."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            focused, takes_input = self.page.evaluate(FOCUSED)
            if focused.startswith(name) and (takes_input or not field):
                return
        raise AssertionError(f"no control called {name} can be reached with the Tab key on {self.page.url}")

    def write(self, label: str, text: str) -> None:
        """Replace what stands in a field. Days are typed as MMDDYYYY and times as HHMMAM: the browser is American."""
        self.tab_to(label, field=True)
        if self.page.evaluate("document.activeElement.matches('[type=text], [type=tel], [type=search], textarea')"):
            self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def tick(self, label: str) -> None:
        self.tab_to(label, field=True)
        self.page.keyboard.press("Space")

    def choose(self, label: str, option: str) -> None:
        """Go down a list of choices to the one that is called so."""
        self.tab_to(label, field=True)
        chosen = "const one = document.activeElement; return one.selectedOptions[0].text"
        for _ in range(MOST_TABS):
            if self.page.evaluate(f"() => {{ {chosen} }}") == option:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{label} does not offer {option}")

    def press(self, name: str) -> None:
        """Follow a link or use a button, and wait for the page behind it."""
        self.tab_to(name)
        self.enter()

    def enter(self) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def reads(self, text: str) -> None:
        """AssertionError when the page does not say this."""
        said = self.page.locator("main").inner_text()
        assert text in said, f"{text!r} is not on {self.page.url}:\n{said}"

    def waits_for(self, text: str) -> None:
        """Load the page again until it says this."""
        for _ in range(100):
            if text in self.page.locator("main").inner_text():
                return
            self.page.wait_for_timeout(200)
            self.page.reload()
        self.reads(text)

    def loads(self) -> list[float]:
        """Grows by the bytes over the wire of everything that the page loads from now on; the cache counts for none."""
        sizes: list[float] = []
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda finished: sizes.append(finished["encodedDataLength"]))
        return sizes

    def barriers(self) -> dict[str, list[str]]:
        """What axe-core finds wrong on the page: rules and the elements that break them."""
        found = Axe().run(self.page).response["violations"]
        return {rule["id"]: [str(node["target"]) for node in rule["nodes"]] for rule in found}


@pytest.fixture(scope="module")
def suite(suite_running: Any, stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The whole suite with staff in every service, one for all tests of a module.

    Not for longer: a second suite on the same broker would take this one's messages.
    """
    folder: Path = tmp_path_factory.mktemp("browser")
    with suite_running(folder, bus_of(stack, folder)) as running:
        issuer = running.runtimes["membership"].settings.public_url
        ids = {username: new_id() for username in STAFF}
        # Membership last: it announces its staff to the others.
        for name, runtime in sorted(running.runtimes.items(), key=lambda held: held[0] == "membership"):
            at_home = name == "membership"
            with runtime.unit_of_work() as work:
                for username, grants in STAFF.items():
                    add_account(
                        work,
                        username=username,
                        name=username.title(),
                        password=PASSWORD,
                        grants=grants,
                        account_id=ids[username] if at_home else None,
                        known_as=None if at_home else (issuer, str(ids[username])),
                    )
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=[*QUIET, "--lang=en-US"])
        yield opened
        opened.close()


@pytest.fixture
def sit_down(browser: Browser, suite: Any) -> Iterator[Callable[..., Desk]]:
    """Gives somebody a desk: a browser of their own, in their language. Complaints in its console fail the test."""
    contexts, complaints = [], []

    def desk(locale: str = "zh-CN", *, scripts: bool = True, dark: bool = False) -> Desk:
        context = browser.new_context(
            locale=locale, java_script_enabled=scripts, color_scheme="dark" if dark else "light"
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return Desk(page, suite, locale)

    yield desk
    for context in contexts:
        context.close()
    assert complaints == []
